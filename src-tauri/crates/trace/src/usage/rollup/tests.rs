use proptest::prelude::*;

use super::*;

/// What a million tokens of [`MODEL`] cost; it has input tokens only.
const RATE: f64 = 0.02;
const MODEL: &str = "text-embedding-3-small";

/// A span of a drawn trace: `llm 100 #a $0.5 ~ %`, indented by its depth: kind, input tokens in millions, response id, cost,
/// aggregate, whether its model has a price, `@3-5` from when to when.
#[derive(Clone, Debug, Default)]
struct Drawn {
    depth: usize,
    kind: Kind,
    tokens: Option<u64>,
    id: Option<String>,
    cost: Option<f64>,
    aggregate: bool,
    priced: bool,
    times: (u64, u64),
}

fn parse(trace: &str) -> Vec<Drawn> {
    let lines = trace.lines().filter(|line| !line.trim().is_empty());
    let least = lines.clone().map(|line| line.len() - line.trim_start().len()).min().unwrap();
    lines
        .map(|line| {
            let mut words = line.split_whitespace();
            let kind = format!("\"{}\"", words.next().unwrap());
            let depth = (line.len() - line.trim_start().len() - least) / 2;
            let mut drawn = Drawn { depth, kind: serde_json::from_str(&kind).unwrap(), ..Drawn::default() };
            for word in words {
                match word.split_at(1) {
                    ("#", id) => drawn.id = Some(id.to_owned()),
                    ("$", cost) => drawn.cost = Some(cost.parse().unwrap()),
                    ("@", times) => {
                        let (from, to) = times.split_once('-').unwrap();
                        drawn.times = (from.parse().unwrap(), to.parse().unwrap());
                    }
                    ("~", _) => drawn.aggregate = true,
                    ("%", _) => drawn.priced = true,
                    _ => drawn.tokens = Some(word.parse().unwrap()),
                }
            }
            drawn
        })
        .collect()
}

fn reported(drawn: &[Drawn]) -> Vec<Reported<'_>> {
    let mut path: Vec<u32> = Vec::new();
    let mut spans = Vec::new();
    for (at, span) in (0..).zip(drawn) {
        path.truncate(span.depth);
        spans.push(Reported {
            parent: path.last().copied(),
            times: span.times,
            kind: span.kind,
            usage: span.tokens.map(|tokens| Usage { input_tokens: Some(tokens * 1_000_000), ..Usage::default() }),
            usage_is_aggregate: span.aggregate,
            response_id: span.id.as_deref(),
            cost_usd: span.cost,
            models: [span.priced.then_some(MODEL), None],
            provider: None,
        });
        path.push(at);
    }
    spans
}

fn near(a: Option<f64>, b: Option<f64>) -> bool {
    a.is_some() == b.is_some() && a.zip(b).is_none_or(|(a, b)| (a - b).abs() < 1e-9)
}

/// Returns the tokens in millions. Where nobody says what they cost, their cost is theirs by the table, however they are
/// reported.
fn tokens(drawn: &[Drawn]) -> Option<u64> {
    let priced: Vec<Drawn> = drawn.iter().map(|span| Drawn { priced: true, cost: None, ..span.clone() }).collect();
    let rolled = roll_up(&reported(&priced), Prices::shipped());
    let added = rolled.lines.iter().filter_map(|line| line.usage.added?.input_tokens);
    let total = rolled.usage.and_then(|usage| usage.input_tokens);
    assert_eq!(added.reduce(|a, b| a + b), total, "the total is the sum of what each span added");
    assert!(rolled.lines.iter().all(|line| !line.is_unpriced));
    let by_line = rolled.lines.iter().filter_map(Line::cost_added).reduce(|a, b| a + b);
    assert!(near(by_line, rolled.cost_usd), "the cost is the sum of what each span added: {by_line:?}");
    let millions = total.map(|tokens| tokens / 1_000_000);
    assert!(near(rolled.cost_usd, millions.map(|millions| millions as f64 * RATE)), "{:?}", rolled.cost_usd);
    millions
}

#[test]
fn named_scenarios_count_each_call_once() {
    let cases = [
        ("an agent reports its lifetime", Some(300), "agent 900\n  llm 100\n  llm 200"),
        ("an agent repeats its calls", Some(300), "agent 300\n  llm 100\n  llm 200"),
        ("agent and step repeat the call", Some(100), "agent 100\n  agent 100\n    llm 100"),
        ("a framework wraps a client", Some(100), "chain\n  llm 100\n    llm 100"),
        ("a wrapper with something in between", Some(100), "llm 100\n  chain\n    http\n      llm 100"),
        ("one call side by side, same response id", Some(100), "chain\n  llm 100 #a\n  llm 100 #a"),
        ("side by side, other response ids", Some(200), "chain\n  llm 100 #a\n  llm 100 #b"),
        ("a retrying call reports its last attempt", Some(200), "llm 100\n  llm 100\n  llm 100"),
        ("the same where the last attempt has its response id", Some(200), "llm 100 #b\n  llm 100 #a\n  llm 100 #b"),
        ("a framework wraps a client, same response id", Some(100), "llm 100 #a\n  llm 100 #a"),
        ("one after the other, an id given twice", Some(1_200), "llm 900 #a @1-2\n  chain\nllm 300 #a @2-3"),
        (
            "the same, each seen by two libraries",
            Some(1_200),
            "llm 900 #a @1-4\n  llm 900 #a @2-3\nllm 300 #a @5-9\nllm 300 #a @6-8",
        ),
        ("reported again later", Some(900), "llm 900 #a @1-2\nllm 900 #a @3-4\nllm #a @5-6"),
        ("a report while the call goes on", Some(900), "llm 900 #a @1-0\nllm 300 #a @5-6"),
        ("modules without a call below them", Some(300), "chain 300\n  chain 100\n  chain 200"),
        ("a call runs a tool that calls a model", Some(150), "llm 100\n  tool\n    llm 50"),
        ("the same with a chain in between", Some(150), "llm 100\n  chain\n    tool\n      llm 50"),
        ("an embedding inside a call", Some(107), "llm 100\n  embedding 7"),
        ("one agent instrumented, one not", Some(340), "agent\n  agent 300\n    llm 100\n    llm 200\n  agent 40"),
        ("an agent of which only one call is instrumented", Some(100), "agent 300\n  llm 100"),
        ("a call of which only a part is instrumented", Some(100), "llm 100\n  llm 60"),
        ("calls that report nothing leave the agent's word", Some(300), "agent 300\n  llm\n  llm"),
        ("an aggregate on a call span is no call", Some(30), "llm 90 ~\n  llm 10\n  llm 20"),
        ("an aggregate with nothing below", Some(90), "llm 90 ~"),
        ("a client's request that reports too", Some(100), "llm 100\n  http 100"),
        ("only the request knows", Some(100), "llm\n  http 100"),
        ("nobody reports", None, "agent\n  llm\n  tool"),
        ("nothing used is not unknown", Some(0), "llm 0"),
    ];
    for (name, wanted, trace) in cases {
        assert_eq!(tokens(&parse(trace)), wanted, "{name}");
    }
}

#[test]
fn cost_is_rolled_up_by_itself() {
    let cases = [
        (Some(0.3), "agent $0.3\n  llm $0.1\n  llm $0.2"),
        (Some(0.3), "agent 500 $0.3\n  llm 100\n  llm 200"),
        (Some(0.1), "llm 100\n  llm 100 $0.1"),
        (Some(0.0), "llm $0"),
        (None, "llm 100"),
        (None, "llm $-1"),
        (None, "llm $NaN"),
    ];
    for (wanted, trace) in cases {
        let cost = roll_up(&reported(&parse(trace)), Prices::shipped()).cost_usd;
        assert!(near(cost, wanted), "{trace}: {cost:?}");
    }
}

#[test]
fn what_a_sender_says_it_cost_wins_over_the_table() {
    // The table says 0.02 for each million tokens. The cost, and how many spans have tokens that nobody can price.
    let cases = [
        (Some(2.0), 0, "llm 100 %"),
        (Some(0.5), 0, "llm 100 $0.5 %"),
        (Some(0.5), 0, "llm 100 $0.5\n  llm 100 %"),
        (Some(0.5), 0, "llm 100 %\n  llm 100 $0.5"),
        (Some(0.5), 0, "llm 100 %\n  llm $0.5"),
        (Some(0.5), 0, "chain\n  llm 100 #a $0.5\n  llm 100 #a %"),
        (Some(0.5), 0, "chain\n  llm 100 #a %\n  llm 100 #a $0.5"),
        (Some(2.5), 0, "chain\n  llm 100 #a %\n  llm 100 #b $0.5"),
        (Some(0.5), 0, "agent 300 $0.5\n  llm 100 %\n  llm 200 %"),
        (Some(0.5), 0, "agent $0.5\n  tool\n    llm 100 %"),
        (Some(6.5), 0, "agent 400 $9\n  llm 100 $0.5\n  llm 300 %"),
        (Some(3.5), 0, "llm 100 $0.5 %\n  tool\n    llm 150 %"),
        (Some(2.5), 0, "llm 100 %\n  tool\n    llm 150 $0.5"),
        (Some(2.2), 0, "llm 100 %\n  embedding 10 %"),
        (Some(2.0), 1, "chain\n  llm 100 %\n  llm 100"),
        (None, 1, "llm 100"),
        (None, 0, "llm 0"),
        (Some(6.0), 0, "agent 300 %"),
        (Some(6.0), 0, "agent 300 %\n  llm\n  llm"),
        (Some(6.0), 0, "agent 300 ~ %\n  llm 100 %\n  llm 200 %"),
        (None, 2, "agent 300 %\n  llm 100\n  llm 200"),
        (Some(6.0), 0, "chain 300\n  chain\n    llm %\n  llm %"),
        (Some(6.0), 0, "chain 300\n  llm\n    llm %"),
        (None, 1, "chain 300\n  llm %\n  llm"),
        (None, 1, "chain 300\n  llm\n  tool"),
        (None, 1, "chain 300"),
    ];
    for (wanted, unpriced, trace) in cases {
        let rolled = roll_up(&reported(&parse(trace)), Prices::shipped());
        assert!(near(rolled.cost_usd, wanted), "{trace}: {:?}", rolled.cost_usd);
        assert_eq!(rolled.lines.iter().filter(|line| line.is_unpriced).count(), unpriced, "{trace}");
    }
}

#[test]
fn details_that_only_a_wrapper_knows_correct_the_price() {
    let usage = |cached| {
        let (input, output) = (Some(1_000_000), Some(0));
        Some(Usage { input_tokens: input, output_tokens: output, cache_read_tokens: cached, ..Usage::default() })
    };
    let models = [Some("gpt-4o-mini"), None];
    let llm = Reported { kind: Kind::Llm, models, ..Reported::default() };
    let cost = |outer, inner| {
        let spans = [Reported { usage: usage(outer), ..llm }, Reported { parent: Some(0), usage: usage(inner), ..llm }];
        roll_up(&spans, Prices::shipped()).cost_usd
    };
    assert_eq!(cost(None, None), Some(0.15));
    assert_eq!(cost(None, Some(1_000_000)), Some(0.075));
    assert_eq!(cost(Some(1_000_000), None), Some(0.075));
    assert_eq!(cost(Some(1_000_000), Some(1_000_000)), Some(0.075));
}

#[test]
fn fields_are_counted_each_by_itself() {
    let usage = |input, output, cached| {
        Some(Usage { input_tokens: input, output_tokens: output, cache_read_tokens: cached, ..Usage::default() })
    };
    let llm = Reported { kind: Kind::Llm, ..Reported::default() };
    let spans = [
        Reported { usage: usage(Some(100), Some(20), Some(64)), ..llm },
        Reported { parent: Some(0), usage: usage(Some(100), Some(15), None), ..llm },
        Reported { usage: usage(Some(5), None, None), ..llm },
    ];
    let total = roll_up(&spans, Prices::shipped()).usage.unwrap();
    assert_eq!((total.input_tokens, total.output_tokens, total.cache_read_tokens), (Some(105), Some(20), Some(64)));
    assert_eq!((total.total_tokens, total.cache_write_tokens), (Some(120), None));
}

#[test]
fn calls_are_told_from_further_reports_of_them() {
    let calls = |trace: &str| {
        let drawn = parse(trace);
        let lines = roll_up(&reported(&drawn), Prices::shipped()).lines;
        let own = lines.iter().filter(|line| line.is_own_call);
        (own.clone().count(), own.filter(|line| line.usage_unknown).count())
    };
    assert_eq!(calls("llm 100\n  llm"), (1, 0), "the wrapper knows");
    assert_eq!(calls("llm\n  llm 100"), (1, 0));
    assert_eq!(calls("llm\n  llm"), (1, 1));
    assert_eq!(calls("llm #a\nllm 100 #a"), (1, 0), "the copy knows");
    assert_eq!(calls("llm 100\n  tool\n    llm"), (2, 1), "a tool's call is another one");
    assert_eq!(calls("llm 100\n  llm 100\n  llm 100"), (2, 0));
    assert_eq!(calls("agent 100\n  llm"), (1, 1));
    let counted_above = |trace: &str| {
        let drawn = parse(trace);
        roll_up(&reported(&drawn), Prices::shipped()).lines.iter().filter(|line| line.usage_counted_above).count()
    };
    assert_eq!(counted_above("agent 100\n  tool\n    llm\n  llm"), 2);
    assert_eq!(counted_above("agent 100\n  llm\n  llm 100"), 0, "calls that report make the agent repeat them");
}

#[test]
fn a_chain_of_twenty_thousand_is_counted() {
    let drawn: Vec<Drawn> =
        (0..20_000).map(|depth| Drawn { depth, kind: Kind::Chain, tokens: Some(7), ..Drawn::default() }).collect();
    assert_eq!(tokens(&drawn), Some(7));
    let calls: Vec<Drawn> = drawn.into_iter().map(|span| Drawn { kind: Kind::Llm, ..span }).collect();
    assert_eq!(tokens(&calls), Some(7));
}

fn any_span() -> impl Strategy<Value = (usize, Kind, Option<u64>, Option<u8>)> {
    let kinds = [Kind::Llm, Kind::Llm, Kind::Embedding, Kind::Agent, Kind::Chain, Kind::Tool];
    (0usize..5, prop::sample::select(kinds.to_vec()), prop::option::of(0u64..500), prop::option::of(0u8..3))
}

prop_compose! {
    fn any_trace()(spans in prop::collection::vec(any_span(), 1..25)) -> Vec<Drawn> {
        let mut depth = 0;
        spans.into_iter().map(|(wanted, kind, tokens, id)| {
            let drawn = Drawn {
                depth: wanted.min(depth),
                kind,
                tokens,
                id: id.map(|id| id.to_string()).filter(|_| kind == Kind::Llm),
                ..Drawn::default()
            };
            depth = drawn.depth + 1;
            drawn
        }).collect()
    }
}

/// A trace whose containers report nothing, so that only calls count.
fn calls_of(mut trace: Vec<Drawn>) -> Vec<Drawn> {
    trace.iter_mut().filter(|span| !span.kind.is_call()).for_each(|span| span.tokens = None);
    trace
}

fn under_an_agent(trace: &[Drawn], reports: Option<u64>) -> Vec<Drawn> {
    let agent = Drawn { kind: Kind::Agent, tokens: reports, ..Drawn::default() };
    let below = trace.iter().map(|span| Drawn { depth: span.depth + 1, ..span.clone() });
    std::iter::once(agent).chain(below).collect()
}

proptest! {
    #[test]
    fn a_wrapped_call_counts_as_the_call(mut trace in any_trace(), at in any::<prop::sample::Index>()) {
        let at = at.index(trace.len());
        trace.iter_mut().for_each(|span| span.id = None);
        prop_assume!(trace[at].kind.is_call());
        let mut wrapped = trace.clone();
        let end = at + 1 + trace[at + 1..].iter().take_while(|span| span.depth > trace[at].depth).count();
        wrapped[at..end].iter_mut().for_each(|span| span.depth += 1);
        wrapped.insert(at, trace[at].clone());
        prop_assert_eq!(tokens(&wrapped), tokens(&trace));
    }

    #[test]
    fn an_agent_that_repeats_its_calls_changes_nothing(trace in any_trace()) {
        let trace = calls_of(trace);
        let total = tokens(&trace);
        prop_assert_eq!(tokens(&under_an_agent(&trace, total)), total);
    }

    #[test]
    fn taking_away_a_root_that_is_no_call_changes_nothing(trace in any_trace(), reports in prop::option::of(0u64..900)) {
        let total = tokens(&calls_of(trace.clone()));
        prop_assume!(total.is_some());
        prop_assert_eq!(tokens(&under_an_agent(&calls_of(trace), reports)), total);
    }

    #[test]
    fn the_total_is_never_less_than_the_largest_call(trace in any_trace()) {
        let largest = trace.iter().filter(|span| span.kind.is_call()).filter_map(|span| span.tokens).max();
        prop_assert!(tokens(&trace) >= largest);
    }
}
