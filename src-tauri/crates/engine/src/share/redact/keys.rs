//! Keys that tell by how they are written whose they are, and what they look like.
//!
//! Sources: gitleaks 8.30 (`config/gitleaks.toml`) and the providers' own documents. A key of fewer letters than the rule asks for
//! is left: it is a prefix somebody writes about.

use regex::Regex;

/// A kind of secret that has a form of its own.
pub(super) struct Form {
    /// What stands in the secret's place.
    pub(super) id: &'static str,
    /// What it is called.
    pub(super) title: &'static str,
    /// What every one of them begins with, three letters at least.
    starts: &'static [&'static str],
    /// What follows from its beginning on. The group `secret`, where there is one, is all that is taken out.
    pattern: &'static str,
}

macro_rules! forms {
    ($($id:literal, $title:literal, [$($start:literal),+], $pattern:literal;)+) => {
        &[$(Form { id: $id, title: $title, starts: &[$($start),+], pattern: $pattern }),+]
    };
}

/// All of them. Where two fit the same letters, the one that stands first is meant.
pub(super) const FORMS: &[Form] = forms! {
    "anthropic-key", "Anthropic key", ["sk-ant-"], r"sk-ant-[A-Za-z0-9_-]{20,}";
    "openrouter-key", "OpenRouter key", ["sk-or-"], r"sk-or-v1-[a-f0-9]{32,}";
    "langfuse-key", "Langfuse secret key", ["sk-lf-"], r"sk-lf-[a-f0-9-]{30,}";
    // DeepSeek, Moonshot and other providers write theirs the same way.
    "openai-key", "OpenAI key", ["sk-"], r"sk-[A-Za-z0-9_-]{20,}";
    "aws-access-key", "AWS access key", ["AKIA", "ASIA", "ABIA", "ACCA"], r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}";
    "aws-bedrock-key", "AWS Bedrock key", ["ABSK", "bedrock-api-key-"], r"(?:ABSK|bedrock-api-key-)[A-Za-z0-9+/]{60,}={0,2}";
    "google-key", "Google key", ["AIza"], r"AIza[A-Za-z0-9_-]{35}";
    "google-oauth", "Google OAuth token", ["ya29.", "GOCSPX-"], r"(?:ya29\.[A-Za-z0-9_-]{20,}|GOCSPX-[A-Za-z0-9_-]{20,})";
    "azure-storage-key", "Azure storage key", ["AccountKey="], r"AccountKey=(?<secret>[A-Za-z0-9+/]{80,}={0,2})";
    "github-token", "GitHub token", ["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"], r"(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{40,})";
    "gitlab-token", "GitLab token", ["glpat-", "gldt-", "glrt-", "glcbt-", "glptt-"], r"gl(?:pat|dt|rt|cbt|ptt)-[A-Za-z0-9_-]{20,}";
    "slack-token", "Slack token", ["xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-", "xoxe-", "xoxe.", "xapp-"], r"(?:xox[abeprs]|xoxe\.xox[bp]|xapp)-[A-Za-z0-9-]{10,}";
    "slack-webhook", "Slack webhook", ["hooks.slack.com/"], r"hooks\.slack\.com/(?:services|workflows|triggers)/(?<secret>[A-Za-z0-9+/]{20,})";
    "stripe-key", "Stripe key", ["sk_live_", "sk_test_", "rk_live_", "rk_test_", "sk_prod_", "rk_prod_", "whsec_"], r"(?:(?:sk|rk)_(?:live|test|prod)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9+/=]{20,})";
    "hugging-face-token", "Hugging Face token", ["hf_", "api_org_"], r"(?:hf_[A-Za-z0-9]{30,}|api_org_[A-Za-z0-9]{30,})";
    "groq-key", "Groq key", ["gsk_"], r"gsk_[A-Za-z0-9]{40,}";
    "xai-key", "xAI key", ["xai-"], r"xai-[A-Za-z0-9]{60,}";
    "replicate-token", "Replicate token", ["r8_"], r"r8_[A-Za-z0-9]{36,}";
    "perplexity-key", "Perplexity key", ["pplx-"], r"pplx-[A-Za-z0-9]{40,}";
    "nvidia-key", "NVIDIA key", ["nvapi-"], r"nvapi-[A-Za-z0-9_-]{40,}";
    "fireworks-key", "Fireworks key", ["fw_"], r"fw_[A-Za-z0-9]{22,}";
    "tavily-key", "Tavily key", ["tvly-"], r"tvly-[A-Za-z0-9-]{20,}";
    "pinecone-key", "Pinecone key", ["pcsk_"], r"pcsk_[A-Za-z0-9_]{40,}";
    "langsmith-key", "LangSmith key", ["lsv2_"], r"lsv2_(?:pt|sk)_[a-f0-9]{32}_[a-f0-9]{6,}";
    "databricks-token", "Databricks token", ["dapi"], r"dapi[a-f0-9]{32}(?:-\d)?";
    "sendgrid-key", "SendGrid key", ["SG."], r"SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{32,}";
    "twilio-key", "Twilio key",
        ["SK0", "SK1", "SK2", "SK3", "SK4", "SK5", "SK6", "SK7", "SK8", "SK9", "SKa", "SKb", "SKc", "SKd", "SKe", "SKf"], r"SK[a-f0-9]{32}";
    "npm-token", "npm token", ["npm_"], r"npm_[A-Za-z0-9]{36}";
    "pypi-token", "PyPI token", ["pypi-"], r"pypi-AgE[A-Za-z0-9_-]{50,}";
    "telegram-token", "Telegram token", [":AA"], r":(?<secret>AA[A-Za-z0-9_-]{33})";
    "digitalocean-token", "DigitalOcean token", ["dop_v1_", "doo_v1_", "dor_v1_"], r"do[opr]_v1_[a-f0-9]{64}";
    "shopify-token", "Shopify token", ["shpat_", "shpca_", "shppa_", "shpss_"], r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}";
    "vault-token", "Vault token", ["hvs.", "hvb."], r"hv[sb]\.[A-Za-z0-9_-]{24,}";
    "atlassian-token", "Atlassian token", ["ATATT3"], r"ATATT3[A-Za-z0-9_=-]{100,}";
    "linear-key", "Linear key", ["lin_api_"], r"lin_api_[A-Za-z0-9]{40}";
    "sentry-token", "Sentry token", ["sntrys_", "sntryu_"], r"sntry[su]_[A-Za-z0-9+/=_-]{40,}";
    "supabase-key", "Supabase key", ["sbp_", "sb_secret_"], r"(?:sbp_[a-f0-9]{40}|sb_secret_[A-Za-z0-9_-]{20,})";
    "notion-token", "Notion token", ["ntn_"], r"ntn_[A-Za-z0-9]{40,}";
    "grafana-token", "Grafana token", ["glsa_", "glc_"], r"(?:glsa_[A-Za-z0-9]{32}_[a-fA-F0-9]{8}|glc_[A-Za-z0-9+/]{32,}={0,2})";
    "docker-token", "Docker token", ["dckr_pat_", "dckr_oat_"], r"dckr_[po]at_[A-Za-z0-9_-]{20,}";
    "postman-key", "Postman key", ["PMAK-"], r"PMAK-[a-fA-F0-9]{24}-[a-fA-F0-9]{34}";
    "age-key", "age key", ["AGE-SECRET-KEY-1"], r"AGE-SECRET-KEY-1[A-Z0-9]{58}";
    "jwt", "JSON web token", ["eyJ"], r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}";
    // One that was cut has no end.
    "private-key", "Private key", ["-----BEGIN "], r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----[^-]{20,}(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----)?";
    "bearer-token", "Bearer token", ["bearer"], r"(?i:bearer)\s{1,3}(?<secret>[A-Za-z0-9._~+/-]{16,}={0,2})";
    "basic-credentials", "Basic credentials", ["basic "], r"(?i:basic)\s{1,3}(?<secret>[A-Za-z0-9+/_-]{8,}={0,2})";
};

impl Form {
    /// Returns what its secrets begin with, each of them once.
    pub(super) fn starts(&self) -> impl Iterator<Item = &'static str> {
        self.starts.iter().copied()
    }

    /// Says whether its secrets begin in letters of any case.
    pub(super) fn is_of_any_case(&self) -> bool {
        self.pattern.starts_with("(?i:")
    }

    /// Returns the expression that finds one at the beginning of a text.
    pub(super) fn expression(&self) -> Regex {
        Regex::new(&format!("^(?:{})", self.pattern)).expect("the table is compiled by a test")
    }

    /// Says whether what was found is a secret and not prose or a name of the same form.
    pub(super) fn is_meant(&self, secret: &str) -> bool {
        let digits = secret.bytes().filter(u8::is_ascii_digit).count();
        match self.id {
            // `sk-` begins names, too; keys are drawn from letters and digits alike.
            "openai-key" | "bearer-token" | "fireworks-key" => {
                digits >= 2 && secret.bytes().any(|byte| byte.is_ascii_alphabetic())
            }
            "basic-credentials" => super::scan::decoded(secret)
                .and_then(|bytes| String::from_utf8(bytes).ok())
                .is_some_and(|pair| pair.contains(':') && !pair.contains(char::is_control)),
            "jwt" => super::scan::decoded(secret.split('.').next().unwrap_or_default())
                .is_some_and(|head| head.starts_with(b"{\"")),
            _ => true,
        }
    }
}
