use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::*;

const BOTH: Wanted<'static> = Wanted { secrets: true, emails: true, known: None };

/// Returns the rule and the letters of everything found, in order, each once.
fn found(text: &str) -> Vec<(&'static str, &str)> {
    let mut found: Vec<_> =
        scan(text, BOTH).into_iter().map(|hit| (hit.range.start, hit.rule.id(), &text[hit.range])).collect();
    found.sort_by_key(|(start, ..)| *start);
    found.dedup();
    found.into_iter().map(|(_, rule, letters)| (rule, letters)).collect()
}

#[test]
fn keys_are_found_as_they_stand_and_names_like_them_are_left() {
    let key = format!("sk-proj-{}", "a1B2".repeat(12));
    assert_eq!(found(&format!("my key is {key}, keep it")), [("openai-key", key.as_str())]);
    assert_eq!(found("use task-manager-1234567890123456789012 or sk-learn-compatible-estimators-here"), []);
    assert_eq!(found("AKIAIOSFODNN7EXAMPLE"), [("aws-access-key", "AKIAIOSFODNN7EXAMPLE")]);
    assert_eq!(found("Bearer of good and exceptionally-long-words"), []);
    assert_eq!(found("authorization: Bearer abcdef0123456789abcdef")[0].1, "abcdef0123456789abcdef");
    assert_eq!(found("Basic dXNlcjpodW50ZXIy"), [("basic-credentials", "dXNlcjpodW50ZXIy")]);
    assert_eq!(found("Basic understanding"), []);
    let pem = "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA0123456789\nabc=\n-----END RSA PRIVATE KEY-----";
    assert_eq!(found(&format!("x\n{pem}\ny")), [("private-key", pem)]);
}

#[test]
fn values_of_secret_names_are_found_in_every_notation() {
    for text in [
        "api_key = \"hunter2xyz\"",
        "'apiKey': 'hunter2xyz'",
        "X-Api-Key: hunter2xyz",
        "OPENAI_API_KEY=hunter2xyz python app.py",
        "GET /v1?token=hunter2xyz&limit=3",
        "password => 'hunter2xyz'",
        "{\\\"client_secret\\\": \\\"hunter2xyz\\\"",
    ] {
        assert_eq!(found(text), [("secret", "hunter2xyz")], "{text}");
    }
    for text in [
        "max_tokens: 4096000",
        "the key: remember it",
        "Password: required",
        "api_key=${API_KEY}",
        "api_key=\"<your key>\"",
        "author: 12345678",
        "token: 12345678",
        "password: str = None",
    ] {
        assert_eq!(found(text), [], "{text}");
    }
}

#[test]
fn passwords_of_addresses_and_e_mail_addresses_are_found() {
    assert_eq!(
        found("postgres://app:hunter2@db.internal/x"),
        [("password", "hunter2"), ("email", "hunter2@db.internal")]
    );
    assert_eq!(found("https://example.com/a@b and http://localhost:4318/v1"), []);
    assert_eq!(found("write to Ada.Lovelace+x@example.org."), [("email", "Ada.Lovelace+x@example.org")]);
    assert_eq!(found("icon@2x.png, pip@24.0, git@github.com:a/b.git, @decorator.name"), []);
}

#[test]
fn what_is_escaped_or_in_base64_is_found_where_it_stands() {
    let key = "AKIAIOSFODNN7EXAMPLE";
    let escaped = "x \\u0041KIAIOSFODNN7EXAMPLE y";
    assert_eq!(found(escaped), [("aws-access-key", &escaped[2..escaped.len() - 2])]);
    assert_eq!(found("q=%41KIAIOSFODNN7EXAMPLE&r"), [("aws-access-key", "%41KIAIOSFODNN7EXAMPLE")]);
    for packed in [STANDARD.encode(format!("key {key}")), URL_SAFE_NO_PAD.encode(format!("{{\"key\":\"{key}?>\"}}"))] {
        assert_eq!(found(&format!("data: {packed}")), [("aws-access-key", packed.as_str())]);
        assert_eq!(found(&format!("/{packed}")).len(), 1, "it begins after a letter of base64");
    }
    let picture = STANDARD.encode([b"\x89PNG\r\n".as_slice(), key.as_bytes(), &[0; 99]].concat());
    assert_eq!(found(&picture), []);
    assert_eq!(found(&format!("{}{}", "ab".repeat(10), "\\".repeat(100))), []);
}

#[test]
fn digits_are_keys_where_the_word_before_them_says_so() {
    let (key, id) =
        ("0x4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318", "5f4dcc3b5aa765d61d8327deb882cf99");
    for text in [
        format!("the private key is {key}."),
        format!("WALLET_KEY={key}"),
        format!("`master key`: `{key}`"),
        format!("{{\"signer_key\": \"{key}\"}}"),
    ] {
        assert_eq!(found(&text), [("secret", key)], "{text}");
    }
    assert_eq!(found(&format!("DEVICE_TOKEN: {id}")), [("secret", id)]);
    for text in [
        format!("transaction {key} was mined"),
        format!("cache key: {id}, public key {key}"),
        format!("\"prompt_cache_key\": \"{id}\""),
        format!("next_token={id}"),
        format!("key: {id}"),
        format!("commit {}", &key[2..42]),
    ] {
        assert_eq!(found(&text), [], "{text}");
    }
}
