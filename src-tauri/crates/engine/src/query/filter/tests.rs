use super::*;

/// 2026-01-31T12:00:00Z.
const NOW: u64 = 1_769_860_800_000_000_000;
const HOUR: f64 = 3_600e9;

fn only(filter: &str) -> Asks {
    let filter: Filter = filter.parse().unwrap_or_else(|e| panic!("{filter}: {e}"));
    let [Term { not: false, asks }] = &filter.terms[..] else { panic!("{filter:?}") };
    asks.clone()
}

fn like(filter: &str, value: &str, expected: bool) {
    let Asks::Like(_, pattern) = only(filter) else { panic!("{filter}") };
    assert_eq!(pattern.is_like(value), expected, "{filter} and {value}");
}

fn within(filter: &str, number: f64, expected: bool) {
    let Asks::Within(_, bounds) = only(filter) else { panic!("{filter}") };
    assert_eq!(bounds.contains(number, NOW), expected, "{filter} and {number}");
}

#[test]
fn words_are_texts_and_quotation_marks_keep_them_together() {
    let asks = |filter: &str| -> Vec<Asks> {
        filter.parse::<Filter>().unwrap().terms.into_iter().map(|term| term.asks).collect()
    };
    let text = |text: &str| Asks::Text(text.to_owned());
    assert_eq!(asks("Weather  in Paris"), [text("weather"), text("in"), text("paris")]);
    assert_eq!(asks("\"Weather in\nParis: ok\""), [text("weather in paris: ok")]);
    assert_eq!(asks(r#""say \"no\" \\ \n""#), [text(r#"say "no" \ \n"#)]);
    assert_eq!(asks("-> 1=1 \"\" - ='x'"), [text(">"), text("1=1"), text("-"), text("='x'")]);
    assert_eq!(asks("ÄRGER 天気"), [text("ärger"), text("天気")]);
    assert!(" \t ".parse::<Filter>().unwrap().is_empty());
}

#[test]
fn a_part_suffices_unless_ends_are_said() {
    for value in ["gpt-4o", "openai/GPT-4o-mini"] {
        like("model:gpt-4O", value, true);
        like("model:*gpt-4o*", value, true);
    }
    like("model:gpt-4o*", "gpt-4o-mini", true);
    like("model:gpt-4o*", "openai/gpt-4o", false);
    like("model:*mini", "gpt-4o-mini", true);
    like("model:g*o*i", "gpt-4o-mini", true);
    like("model:g*o*x", "gpt-4o-mini", false);
    like("model=gpt-4o", "gpt-4o-mini", false);
    like("model=gpt-4o", "GPT-4o", true);
    like("session:*", "anything", true);
    like("tag:\"a*b\"", "a*b", true);
    like("tag:\"a*b\"", "axb", false);
    like("name:\"two words\"", "it is two\twords long", true);
    let Asks::Attribute(key, pattern) = only("attr.http.Route:/chat") else { panic!() };
    assert!(key == "http.Route" && pattern.is_like("/chat/7"));
    let filter: Filter = "-status:ok -\"no way\"".parse().unwrap();
    assert!(filter.terms.iter().all(|term| term.not));
}

#[test]
fn numbers_have_units() {
    within("tokens>1000", 1_000.0, false);
    within("tokens>1000", 1_001.0, true);
    within("tokens>=1k", 1_000.0, true);
    within("tokens:100..200", 200.0, true);
    within("tokens:100..", 99.0, false);
    within("tokens:..200", 0.0, true);
    within("tokens<1.5M", 1_499_999.0, true);
    within("errors=2", 2.0, true);
    within("cost>$0.01", 0.02, true);
    within("duration<=1.5s", 1.5e9, true);
    within("duration>2m", 119e9, false);
    within("ttft>500ms", 600e6, true);
    within("ttft>0", 1.0, true);
    within("stall>5s", 5e9, false);
    within("stall:>5s", 5.1e9, true);
    within("tokens:<=2k", 2_001.0, false);
}

#[test]
fn moments_are_relative_or_of_a_calendar() {
    let now = NOW as f64;
    within("time>-2h", now - HOUR, true);
    within("time>-2h", now - 3.0 * HOUR, false);
    within("time:30m", now - HOUR / 4.0, true);
    within("time:today", now - 11.0 * HOUR, true);
    within("time:today", now - 13.0 * HOUR, false);
    within("time:yesterday", now - 13.0 * HOUR, true);
    within("time:2026-01-31", now, true);
    within("time<2026-01-31", now - 13.0 * HOUR, true);
    within("time<2026-01-31", now, false);
    within("time>2026-01-31", now, false);
    within("time:2026-01-30..2026-01-31", now, true);
    within("time>=2026-01-31T13:00:00+01:00", now, true);
    within("time>2026-01-31T12:01", now, false);
}

#[test]
fn what_is_wrong_is_said_and_where() {
    for (filter, from, to, said) in [
        ("a colour:red b", 2, 12, "`colour:` is not a key; there are name, service,"),
        ("status:bad", 0, 10, "`status:bad` is not a status"),
        ("ab \"open", 3, 8, "not closed"),
        ("天 tokens>many", 2, 13, "`many` is not a number; write for example 1000"),
        ("duration>5", 0, 10, "`5` is not a duration"),
        ("time>soon", 0, 9, "`soon` is not a time"),
        ("time>2026-13-01", 0, 15, "is not a time"),
        ("model>4", 0, 7, "write `model:value`"),
        ("x tool:", 2, 7, "`tool:` needs a value, such as `tool:search`"),
    ] {
        let error = filter.parse::<Filter>().expect_err(filter);
        assert_eq!((error.from, error.to), (from, to), "{filter}");
        assert!(error.to_string().contains(said), "{filter}: {error}");
    }
}

#[test]
fn more_than_anybody_writes_is_refused() {
    for (filter, from, to, said) in [
        ("-".repeat(10_001), 10_000, 10_001, "at most 10000 characters"),
        ("天".repeat(50_000), 10_000, 50_000, "at most 10000 characters"),
        ("kind:llm ".repeat(202), 1_800, 1_817, "at most 200 words"),
    ] {
        let error = filter.parse::<Filter>().expect_err("too much");
        assert_eq!((error.from, error.to), (from, to));
        assert!(error.to_string().contains(said), "{error}");
    }
    for filter in ["-".repeat(10_000), "a ".repeat(200) + "\"\" \"\"", "天".repeat(10_000)] {
        assert!(filter.parse::<Filter>().is_ok());
    }
}

#[test]
fn folding_keeps_every_character() {
    assert_eq!(fold("Größe\tÄÖÜ\r\nİ\u{3000}ẞ 天"), "größe äöü  i ß 天");
    let text = "aB\u{0}\n天Ä";
    assert_eq!(fold(text).chars().count(), text.chars().count());
}

proptest::proptest! {
    #[test]
    fn whatever_is_written_is_a_filter_or_is_said_to_be_wrong_where_it_is(
        words in proptest::collection::vec(proptest::sample::select(&[
            "\"", "-", ":", "=", ">", "<=", "..", "*", " ", "\n", "\\", "model", "tokens", "cost:", "time:", "duration", "attr.", "attr.a:",
            "status:error", "1", "1e999", "-5", "2k", "3ms", "1d", "9999999999999999999", "2026-02-30", "é", "🙂", "ſ", "\u{202e}", "\0",
        ][..]), 0..24),
        any in ".{0,20}",
        text in ".{0,40}",
    ) {
        for filter in [words.concat(), words.concat() + &any] {
            match filter.parse::<Filter>() {
                Ok(filter) => for Term { asks, .. } in &filter.terms {
                    match asks {
                        Asks::Like(_, pattern) | Asks::Attribute(_, pattern) => _ = pattern.is_like(&text),
                        Asks::Within(_, bounds) => _ = bounds.contains(1.0, NOW),
                        Asks::Text(_) | Asks::CacheBroken => {}
                    }
                },
                Err(FilterError { from, to, .. }) => {
                    proptest::prop_assert!(from < to && to <= filter.chars().count(), "{filter:?}: {from} to {to}");
                }
            }
        }
    }
}

#[test]
fn the_readme_names_every_key() {
    let readme = include_str!("../../../../../../README.md");
    let listed = readme.split_once("keys are ").and_then(|(_, rest)| rest.split_once("any attribute"));
    let words: Vec<&str> = listed.expect("a list of keys").0.split(|sign: char| !sign.is_alphanumeric()).collect();
    let missing: Vec<&str> = KEYS
        .iter()
        .map(|help| help.text.trim_end_matches([':', '>', '.']))
        .filter(|key| *key != "attr" && !words.contains(key))
        .collect();
    assert_eq!(missing, [""; 0]);
}

#[test]
fn what_other_languages_write_is_refused_and_not_searched_for() {
    let wrong = |filter: &str| filter.parse::<Filter>().expect_err(filter).what;
    for filter in ["NOT status:ok", "status:error OR status:ok", "a AND b", "a && b", "a || b"] {
        assert!(matches!(wrong(filter), Wrong::OtherLanguage(_)), "{filter}");
    }
    for filter in ["!status:ok", "(status:error)", "(model:a", "!(tokens>5)", "-(model:a"] {
        assert!(matches!(wrong(filter), Wrong::OtherLanguage(_)), "{filter}");
    }
    for text in ["\"NOT\" ok", "not or and", "!important", "(see below)", "!x:y", "\"(status:error)\"", "Oregon"] {
        assert!(text.parse::<Filter>().is_ok(), "{text}");
    }
    assert!(matches!(wrong("kind:llmm"), Wrong::UnknownKind(_)));
    for kind in ["kind:llm", "kind:LL", "-kind=tool", "kind:*", "kind:retr*"] {
        assert!(kind.parse::<Filter>().is_ok(), "{kind}");
    }
}

#[test]
fn the_kinds_of_a_filter_are_those_of_spans() {
    for kind in keys::KINDS {
        let read: spanglass_trace::reading::Kind = serde_json::from_value(kind.into()).expect(kind);
        assert_eq!(serde_json::to_value(read).expect("a word"), kind);
    }
    let unknown = serde_json::from_value::<spanglass_trace::reading::Kind>("nothing".into()).expect_err("unknown");
    let words = unknown.to_string();
    assert_eq!(words.matches('`').count(), 2 * (1 + keys::KINDS.len()), "{words}");
}
