//! Names whose values are secrets, however those are written: headers, fields and variables.

/// Names, as [`plain`] writes them.
const NAMES: [&str; 25] = [
    "auth",
    "authentication",
    "authorization",
    "connectionstring",
    "cookie",
    "credential",
    "credentials",
    "databaseurl",
    "passcode",
    "passphrase",
    "passwd",
    "proxyauthorization",
    "pwd",
    "secret",
    "secrets",
    "setcookie",
    "sessiontoken",
    "securitytoken",
    "token",
    "xauthtoken",
    "xcsrftoken",
    "xsrftoken",
    "xvaulttoken",
    "accesskey",
    "signingkey",
];

/// How longer names end: `openai_api_key`, `DB_PASSWORD`, `x-amz-security-token`.
const ENDINGS: [&str; 17] = [
    "apikey",
    "apitoken",
    "apisecret",
    "accesstoken",
    "authtoken",
    "bearertoken",
    "clientsecret",
    "encryptionkey",
    "idtoken",
    "password",
    "privatekey",
    "refreshtoken",
    "secretaccesskey",
    "secretkey",
    "securitytoken",
    "sessiontoken",
    "webhooksecret",
];

/// What a name has in it whose value may be a secret: where one of these stands in a text, the name is looked at.
pub(super) const SIGNS: [&str; 9] =
    ["auth", "connection", "cookie", "credential", "key", "pass", "pwd", "secret", "token"];

/// Longest name that is looked at, in bytes.
pub(super) const LONGEST: usize = 80;

/// Says whether a name says that its value is a secret. Of a name with dots the last part counts: attributes are named so.
///
/// `token` alone is none where values are read from JSON: what a model writes is made of tokens.
pub(super) fn is_secret(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    if last.len() > LONGEST || last.len() < 3 {
        return false;
    }
    let plain = plain(last);
    plain != "token" && (NAMES.contains(&plain.as_str()) || ENDINGS.iter().any(|ending| plain.ends_with(ending)))
}

/// Says whether a name in an address (`?token=…`) says so.
pub(super) fn is_secret_parameter(name: &str) -> bool {
    is_secret(name) || ["token", "sig", "signature", "key", "code"].contains(&plain(name).as_str())
}

/// Returns a name in small letters without what stands between its words.
fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

/// Says whether a value stands for a secret that is not there: a place to fill in, or one that was taken out before.
pub(super) fn is_stand_in(value: &str) -> bool {
    let value = value.trim();
    let first = value.chars().next();
    value.len() < 3
        || value.chars().all(|letter| Some(letter) == first || letter == '*' || letter == '•')
        || (value.starts_with(['<', '[', '{', '$', '%', '‹']) && value.ends_with(['>', ']', '}', '%', '›']))
        || value.starts_with("${")
        // What was masked before: `sk-...a1b2`.
        || ["...", "…", "***"].iter().any(|gap| value.contains(gap))
        || ["null", "none", "true", "false", "undefined", "redacted", "[redacted]", "string", "required", "optional"]
            .contains(&value.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_are_known_however_they_are_written() {
        for name in [
            "http.request.header.authorization",
            "x-api-key",
            "OPENAI_API_KEY",
            "openAiApiKey",
            "db.password",
            "Set-Cookie",
            "aws_secret_access_key",
            "X-Amz-Security-Token",
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in
            ["token", "max_tokens", "key", "author", "tokenizer", "prompt_tokens", "keyword", "password_hint", "id"]
        {
            assert!(!is_secret(name), "{name}");
        }
        for value in ["", "***", "<your key>", "${API_KEY}", "{{key}}", "None", "[REDACTED]", "xxxxxxxx", "sk-...a1b2"]
        {
            assert!(is_stand_in(value), "{value}");
        }
        assert!(!is_stand_in("hunter2"));
    }
}
