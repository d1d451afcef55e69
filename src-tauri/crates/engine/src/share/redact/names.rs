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

/// How names end whose value is a secret when it is drawn from hexadecimal digits, and what says of one of them that it is not.
const OF_DRAWN: [&str; 4] = ["key", "secret", "token", "seed"];
const OF_OTHERS: [&str; 40] = [
    "block",
    "cache",
    "commit",
    "content",
    "continuation",
    "cursor",
    "dedup",
    "digest",
    "document",
    "etag",
    "feature",
    "file",
    "foreign",
    "group",
    "hash",
    "idempoten",
    "image",
    "index",
    "item",
    "lookup",
    "map",
    "message",
    "next",
    "object",
    "page",
    "parent",
    "partition",
    "primary",
    "pub",
    "request",
    "routing",
    "row",
    "shard",
    "sort",
    "span",
    "storage",
    "sync",
    "template",
    "trace",
    "unique",
];

/// Says whether a name says that its value is a secret. Of a name with dots the last part counts: attributes are named so.
///
/// `token` alone is none where values are read from JSON: what a model writes is made of tokens.
pub(super) fn is_secret(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    if last.len() > LONGEST || last.len() < 3 {
        return false;
    }
    let mut letters = [0; LONGEST];
    let plain = plain(last, &mut letters);
    // Most names end otherwise.
    let may_be = matches!(
        plain,
        [.., b'u', b't', b'h']
            | [.., b'i', b'o', b'n']
            | [.., b'i', b'n', b'g']
            | [.., b'k', b'i', b'e']
            | [.., b'i', b'a', b'l']
            | [.., b'a', b'l', b's']
            | [.., b'u', b'r', b'l']
            | [.., b'o', b'd', b'e']
            | [.., b'a', b's', b'e']
            | [.., b'w', b'd']
            | [.., b'o', b'r', b'd']
            | [.., b'r', b'e', b't']
            | [.., b'e', b't', b's']
            | [.., b'k', b'e', b'n']
            | [.., b'k', b'e', b'y']
    );
    may_be
        && plain != b"token"
        && (NAMES.iter().any(|name| name.as_bytes() == plain)
            || ENDINGS.iter().any(|ending| plain.ends_with(ending.as_bytes())))
}

/// Says whether a name in an address (`?token=…`) says so.
pub(super) fn is_secret_parameter(name: &str) -> bool {
    let mut letters = [0; LONGEST];
    is_secret(name)
        || name.len() <= LONGEST
            && matches!(plain(name, &mut letters), b"token" | b"sig" | b"signature" | b"key" | b"code")
}

/// Says whether the value of a name is a secret when it is [drawn](is_drawn): `wallet_key`, `AES key`.
pub(super) fn may_be_secret(name: &str) -> bool {
    if name.len() > LONGEST {
        return false;
    }
    let mut letters = [0; LONGEST];
    let plain = plain(name, &mut letters);
    let is_alone = matches!(plain, b"key" | b"token" | b"thekey" | b"thetoken" | b"akey" | b"atoken");
    let has = |word: &str| plain.windows(word.len()).any(|part| part == word.as_bytes());
    !is_alone
        && OF_DRAWN.iter().any(|ending| plain.ends_with(ending.as_bytes()))
        && !OF_OTHERS.iter().any(|word| has(word))
}

/// Says whether a value is drawn from hexadecimal digits, as keys are: 32, 40, 48, 64 or 128 of them, with or without `0x`.
pub(super) fn is_drawn(value: &str) -> bool {
    let digits = value.strip_prefix("0x").unwrap_or(value);
    matches!(digits.len(), 32 | 40 | 48 | 64 | 128)
        && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
        && digits.bytes().any(|byte| byte.is_ascii_digit())
        && digits.bytes().any(|byte| byte.is_ascii_alphabetic())
}

/// Returns a name in small letters without what stands between its words. `name` is at most [`LONGEST`] bytes.
fn plain<'a>(name: &str, letters: &'a mut [u8; LONGEST]) -> &'a [u8] {
    let mut count = 0;
    for byte in name.bytes().filter(u8::is_ascii_alphanumeric) {
        letters[count] = byte.to_ascii_lowercase();
        count += 1;
    }
    &letters[..count]
}

/// Says whether a value stands for a secret that is not there: a place to fill in, or one that was taken out before.
pub(super) fn is_stand_in(value: &str) -> bool {
    let value = value.trim();
    let first = value.chars().next();
    value.len() < 3
        || value.chars().all(|letter| Some(letter) == first || letter == '*' || letter == '•')
        || (value.starts_with(['<', '[', '{', '$', '%', '‹']) && value.ends_with(['>', ']', '}', '%', '›']))
        || value.starts_with("${")
        // A variable that holds it: `$OPENAI_API_KEY`.
        || value.strip_prefix('$').is_some_and(|name| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'))
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
        for value in [
            "",
            "***",
            "<your key>",
            "${API_KEY}",
            "$API_KEY",
            "{{key}}",
            "None",
            "[REDACTED]",
            "xxxxxxxx",
            "sk-...a1b2",
        ] {
            assert!(is_stand_in(value), "{value}");
        }
        assert!(!is_stand_in("hunter2"));
    }

    #[test]
    fn digits_are_a_secret_by_the_name_before_them() {
        for (name, is_one) in [
            ("wallet_key", true),
            ("AES key", true),
            ("HMAC_SECRET", true),
            ("device-token", true),
            ("key", false),
            ("prompt_cache_key", false),
            ("public_key", false),
            ("next_token", false),
            ("idempotency-key", false),
            ("keyword", false),
        ] {
            assert_eq!(may_be_secret(name), is_one, "{name}");
        }
        assert!(is_drawn("0x4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318"));
        assert!(is_drawn("5f4dcc3b5aa765d61d8327deb882cf99"));
        for value in ["5f4dcc3b5aa765d61d8327deb882cf9", "00000000000000000000000000000000", "", "0x"] {
            assert!(!is_drawn(value), "{value}");
        }
    }
}
