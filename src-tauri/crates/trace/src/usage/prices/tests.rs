use super::*;

fn rates(model: &str, provider: Option<&str>) -> Option<(f64, Option<f64>)> {
    Prices::shipped().find(model, provider).map(|price| (price.rates.input, price.rates.output))
}

#[test]
fn a_model_is_found_whatever_stands_around_its_name() {
    let mini = Some((0.15, Some(0.6)));
    let sonnet = Some((3.0, Some(15.0)));
    for (model, provider, expected) in [
        ("gpt-4o-mini", None, mini),
        ("gpt-4o-mini-2024-07-18", Some("openai"), mini),
        ("openai/gpt-4o-mini", None, mini),
        ("azure/gpt-4o-mini", None, mini),
        ("GPT-4o-mini", Some("az.ai.openai"), mini),
        ("openrouter/openai/gpt-4o-mini", Some("openrouter"), mini),
        ("gpt-4o", None, Some((2.5, Some(10.0)))),
        ("gpt-4o-2024-05-13", None, Some((5.0, Some(15.0)))),
        ("gpt-35-turbo", Some("azure"), Some((0.5, Some(1.5)))),
        ("us.anthropic.claude-3-5-sonnet-20241022-v2:0", Some("aws.bedrock"), sonnet),
        ("bedrock/us.anthropic.claude-3-7-sonnet-20250219-v1:0", None, sonnet),
        ("claude-3-5-sonnet@20240620", Some("gcp.vertex_ai"), sonnet),
        ("anthropic/claude-3.5-sonnet", Some("openrouter"), sonnet),
        ("claude-3-7-sonnet-latest", Some("anthropic"), sonnet),
        ("claude-sonnet-4-20250514", Some("anthropic"), sonnet),
        ("models/gemini-1.5-flash-002", Some("gcp.gemini"), Some((0.075, Some(0.3)))),
        ("publishers/google/models/gemini-2.5-flash", Some("google_vertexai"), Some((0.3, Some(2.5)))),
        ("text-embedding-3-small", Some("openai"), Some((0.02, None))),
        ("groq/llama-3.3-70b-versatile", None, Some((0.59, Some(0.79)))),
        ("amazon.nova-lite-v1:0", None, Some((0.06, Some(0.24)))),
        ("deepseek-chat", Some("openai"), Some((0.28, Some(0.42)))),
    ] {
        assert_eq!(rates(model, provider), expected, "{model} {provider:?}");
    }
}

#[test]
fn another_model_is_never_taken_for_it() {
    for (model, provider) in [
        ("gpt-4o-mini-audio-preview", Some("openai")),
        ("gpt-4o-realtime-preview", Some("openai")),
        ("gpt-4o-turbo", None),
        ("gpt-4o-mini:free", Some("openrouter")),
        ("ft:gpt-4o-mini-2024-07-18:acme::abc", Some("openai")),
        ("my-gpt-4o", Some("azure")),
        ("claude", Some("anthropic")),
        ("mistral-large-2402", Some("mistral")),
        ("llama3.2:1b", Some("ollama")),
        ("gpt-4o", Some("ollama")),
        ("ollama/gpt-4o", None),
        ("llama-3.3-70b-versatile", None),
        ("mistral-nemo", Some("vllm")),
        ("gpt-4o", Some("groq")),
        ("", None),
        ("2024-07-18", None),
        ("-v1:0", None),
        ("/", None),
    ] {
        assert_eq!(rates(model, provider), None, "{model} {provider:?}");
    }
}

#[test]
fn the_shipped_table_is_whole() {
    let shipped = Prices::shipped();
    assert!(shipped.prices.len() > 150);
    assert!(shipped.as_of.len() == 10 && shipped.as_of.starts_with("20"), "{}", shipped.as_of);
    let mut seen = std::collections::BTreeSet::new();
    for price in &shipped.prices {
        let Rates { input, output, cache_read, cache_write } = price.rates;
        let provider = price.provider.as_deref().unwrap_or_default();
        assert_eq!(super::provider(provider), Provider::Known(provider_word(provider)), "{provider}");
        assert!(!price.models.is_empty() && !price.own && input > 0.0, "{price:?}");
        assert!(output.is_none_or(|output| output >= input * 0.5 && output <= input * 20.0), "{price:?}");
        assert!(cache_read.is_none_or(|read| read < input), "{price:?}");
        assert!(cache_write.is_none_or(|write| write >= input), "{price:?}");
        assert!(price.above.is_none_or(|above| above.rates.input > input), "{price:?}");
        for model in &price.models {
            assert!(seen.insert((provider, plain(model))), "{model} is listed twice");
            assert!(!model.contains(['*', '/', ' ']), "{model}");
            assert_eq!(shipped.find(model, Some(provider)), Some(price), "{model}");
        }
    }
}

fn provider_word(word: &str) -> &'static str {
    match super::provider(word) {
        Provider::Known(known) => known,
        _ => "",
    }
}

fn usage(input: u64, output: u64) -> Usage {
    Usage { input_tokens: Some(input), output_tokens: Some(output), ..Usage::default() }
}

#[test]
fn cached_tokens_have_their_own_price_and_reasoning_is_output() {
    let find = |model| Prices::shipped().find(model, None).unwrap();
    let cost = |model, usage: Usage| find(model).of(&usage, &usage);
    assert_eq!(cost("gpt-4o-mini", usage(1_000_000, 0)), Some(0.15));
    assert_eq!(cost("gpt-4o-mini", usage(95, 23)), Some(0.00002805));
    let cached = Usage { cache_read_tokens: Some(600_000), ..usage(1_000_000, 0) };
    assert_eq!(cost("gpt-4o-mini", cached), Some(0.4 * 0.15 + 0.6 * 0.075));
    let written =
        Usage { cache_read_tokens: Some(100_000), cache_write_tokens: Some(200_000), ..usage(1_000_000, 100) };
    assert_eq!(cost("claude-3-5-sonnet", written), Some(2.8815), "0.7 × 3 + 0.1 × 0.3 + 0.2 × 3.75 + 0.0015");
    let kept = Usage { cache_write_1h_tokens: Some(100_000), ..written };
    assert_eq!(cost("claude-3-5-sonnet", kept), Some(3.1065), "an hour is 6 instead of 3.75");
    let reasoned = Usage { reasoning_tokens: Some(90), ..usage(0, 100) };
    assert_eq!(cost("o3", reasoned), cost("o3", usage(0, 100)));
    let embedded = Usage { total_tokens: Some(1_000), ..Usage::default() };
    assert_eq!(cost("text-embedding-3-small", embedded), Some(0.00002));
    assert_eq!(cost("gpt-4o-mini", Usage { input_tokens: Some(5), ..Usage::default() }), None, "output is unknown");
    assert_eq!(cost("gpt-4o-mini", embedded), None);
    assert_eq!(cost("o1-pro", Usage { cache_read_tokens: Some(1_000_000), ..usage(1_000_000, 0) }), Some(150.0));
}

#[test]
fn a_long_input_has_its_own_price() {
    let price = Prices::shipped().find("gemini-2.5-pro", None).unwrap();
    let cost = |usage: Usage| price.of(&usage, &usage);
    assert_eq!(cost(usage(200_000, 1_000)), Some(0.25 + 0.01));
    assert_eq!(cost(usage(200_001, 1_000)), Some(0.500_002_5 + 0.015));
}

#[test]
fn own_prices_come_first() {
    let own = r#"{"prices": [
        {"models": ["llama*"], "provider": "ollama", "input": 0, "output": 0},
        {"models": ["my-*", "my-gpt-*-large"], "input": 1, "output": 2},
        {"models": ["my-gpt*"], "input": 3, "output": 4},
        {"models": ["gpt-4o"], "input": 7, "output": 8, "cache_read": 0.5}
    ]}"#;
    let prices = Prices::with_own(own).unwrap();
    let find = |model, provider| prices.find(model, provider).map(|price| price.rates.input);
    assert_eq!(find("llama3.2:1b", Some("ollama")), Some(0.0));
    assert_eq!(find("llama3.2:1b", Some("groq")), None);
    assert_eq!(find("my-model", None), Some(1.0));
    assert_eq!(find("my-gpt-4-large", None), Some(1.0), "the longest pattern holds");
    assert_eq!(find("my-gpt-4", Some("ollama")), Some(3.0));
    assert_eq!(find("gpt-4o-2024-08-06", Some("openai")), Some(7.0));
    assert_eq!(find("gpt-4o-mini", Some("openai")), Some(0.15));
    assert_eq!(Prices::with_own(" \n"), Ok(Prices::shipped().clone()));
}

#[test]
fn what_is_wrong_with_own_prices_is_said_with_its_place() {
    let said = |text: &str| Prices::with_own(text).unwrap_err().to_string();
    let entry = |entry: &str| said(&format!(r#"{{"prices": [{{"models": ["a"], "input": 1}}, {entry}]}}"#));
    assert_eq!(said("{\"prices\": [\n  {,\n"), "line 2, column 4: key must be a string");
    assert!(said("[]").starts_with("it must be an object with a list under `prices`"));
    assert_eq!(
        entry(r#"{"models": ["gpt"], "input": "1"}"#),
        "entry 2 (gpt): `input` must be US dollars per million tokens, a number from 0 on"
    );
    assert_eq!(
        entry(r#"{"models": ["gpt"]}"#),
        "entry 2 (gpt): `input` is missing: US dollars per million input tokens"
    );
    assert_eq!(entry(r#"{"input": 1}"#), "entry 2: `models` must be a list of names");
    assert_eq!(
        entry(r#"{"models": ["gpt"], "input": 1, "ouput": 2}"#),
        "entry 2 (gpt): `ouput` means nothing here; there are models, provider, input, output, cache_read, cache_write, above"
    );
    assert_eq!(
        entry(r#"{"models": ["gpt"], "input": -1}"#),
        "entry 2 (gpt): `input` must be US dollars per million tokens, a number from 0 on"
    );
    assert_eq!(
        entry(r#"{"models": ["gpt"], "input": 1, "above": {"input": 2}}"#),
        "entry 2 (gpt): `above` must say `input_tokens`, a whole number"
    );
}

proptest::proptest! {
    #[test]
    fn no_name_is_too_odd(model in "[a-z0-9./:@*v-]{0,40}", provider in "[a-z._-]{0,20}") {
        let _ = Prices::shipped().find(&model, Some(&provider));
        let own = serde_json::json!({"prices": [{"models": [model.clone() + "x"], "input": 1.0}]}).to_string();
        let _ = Prices::with_own(&own).unwrap().find(&model, None);
    }

    #[test]
    fn the_parts_of_a_call_cost_what_the_whole_does(input in 0u64..1_000_000, output in 0u64..100_000, cached in 0u64..1_000_000, share in 0u64..=100) {
        let whole = Usage { cache_read_tokens: Some(cached.min(input)), ..usage(input, output) };
        let part = |n: u64| n * share / 100;
        let first = Usage { cache_read_tokens: Some(part(cached.min(input))), ..usage(part(input), part(output)) };
        let second = Usage {
            cache_read_tokens: Some(cached.min(input) - part(cached.min(input))),
            ..usage(input - part(input), output - part(output))
        };
        let price = Prices::shipped().find("gemini-2.5-pro", None).unwrap();
        let of = |part: &Usage| price.of(&whole, part).unwrap();
        proptest::prop_assert!((of(&first) + of(&second) - of(&whole)).abs() < 1e-11);
    }
}
