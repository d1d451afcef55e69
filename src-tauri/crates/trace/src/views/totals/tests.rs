use proptest::prelude::*;

use super::*;
use crate::reading::{Kind, Model};
use crate::span::TraceId;
use crate::usage::prices::Prices;
use crate::views::ReadSpan;
use crate::views::drawn;
use crate::views::drawn::span;
use crate::views::ledger::ledger;
use crate::views::summary::{ToldTwice, digest, summarise};

fn call(number: u64, model: &str, tokens: Option<(u64, u64)>) -> ReadSpan {
    let mut call = span(number, 0, number, number + 10).kind(Kind::Llm);
    if let Some((input, output)) = tokens {
        call = call.using(input, output);
    }
    call.reading.model =
        Some(Model { response: Some(model.to_owned()), provider: Some("az.ai.openai".to_owned()), ..Model::default() });
    call
}

fn of_session(mut spans: Vec<ReadSpan>, session: &str) -> TraceRow {
    spans.iter_mut().for_each(|read| read.reading.session_id = Some(session.to_owned()));
    row(&spans)
}

fn row(spans: &[ReadSpan]) -> TraceRow {
    let digests: Vec<_> = spans.iter().map(|read| digest(&read.span, &read.reading, read.duplicates)).collect();
    summarise(TraceId([1; 16]), &digests, Prices::shipped())
}

fn totals(rows: &[TraceRow], by: TotalsBy, order: TotalsOrder) -> Totals {
    let mut gathering = Gathering::new(by);
    rows.iter().for_each(|row| gathering.add(Took::from(row)));
    gathering.finish(order, 100)
}

fn keys(totals: &Totals) -> Vec<Option<&str>> {
    totals.rows.iter().map(|total| total.key.as_deref()).collect()
}

#[test]
fn traces_of_a_session_are_one_total_and_those_of_none_another() {
    let rows = [
        of_session(vec![call(1, "gpt-4o-mini", Some((100, 10)))], "a"),
        of_session(vec![call(1, "gpt-4o-mini", Some((300, 30))).failing("no")], "b"),
        of_session(vec![call(1, "gpt-4o-mini", Some((150, 10)))], "a"),
        row(&[call(1, "gpt-4o-mini", None)]),
    ];
    let found = totals(&rows, TotalsBy::Session, TotalsOrder::Tokens);
    assert_eq!(keys(&found), [Some("b"), Some("a"), None]);
    let [b, a, none] = &found.rows[..] else { panic!("{found:?}") };
    assert_eq!((a.traces, a.failed, a.llm_calls, a.tokens(), a.cost_missing), (2, 0, 2, Some(270), 0));
    assert_eq!((b.traces, b.failed, b.duration_ns), (1, 1, Some(10)));
    assert_eq!((none.usage, none.cost_usd, none.cost_missing), (None, None, 1), "unknown is not nothing");
    assert_eq!((found.all.traces, found.all.tokens(), found.all.cost_missing), (4, Some(600), 1));
    assert_eq!(keys(&totals(&rows, TotalsBy::Session, TotalsOrder::Traces)), [Some("a"), Some("b"), None]);
    assert_eq!(keys(&totals(&rows, TotalsBy::Session, TotalsOrder::Failed))[0], Some("b"));
}

#[test]
fn what_failed_or_is_told_above_leaves_no_cost_unknown() {
    let mut agent = span(1, 0, 0, 50).kind(Kind::Agent).using(100, 10);
    agent.reading.model = call(1, "gpt-4o-mini", None).reading.model;
    let mut inside = call(2, "gpt-4o-mini", None);
    inside.span.parent_span_id = Some(agent.span.span_id);
    let told = [agent, inside, call(3, "gpt-4o-mini", None).failing("429")];
    let counts = |spans: &[ReadSpan]| {
        let row = row(spans);
        let missing: u32 = row.model_totals.iter().map(|total| total.cost_missing).sum();
        let counts = row.summary.counts;
        (counts.llm_calls, counts.llm_calls_without_usage, counts.calls_without_cost, missing)
    };
    assert_eq!(counts(&told), (2, 0, 0, 0));
    assert_eq!(counts(&[&told[..], &[call(4, "gpt-4o-mini", None)]].concat()), (3, 1, 1, 1));
}

#[test]
fn of_a_trace_with_several_models_each_has_its_own_and_they_are_the_ledgers() {
    let spans = vec![
        call(1, "gpt-4o-mini", Some((100, 10))),
        call(2, "gpt-4o", Some((500, 50))),
        call(3, "gpt-4o", Some((700, 5))),
        call(4, "a-model-without-a-price", Some((1, 1))),
        call(5, "silent", None),
    ];
    let row = row(&spans);
    let read = drawn::trace(spans);
    assert_eq!(row.model_totals, ledger(&read, 0).models);
    let found = totals(std::slice::from_ref(&row), TotalsBy::Model, TotalsOrder::Cost);
    assert_eq!(keys(&found), [Some("gpt-4o"), Some("gpt-4o-mini"), Some("a-model-without-a-price"), Some("silent")]);
    let [large, _, unpriced, silent] = &found.rows[..] else { panic!("{found:?}") };
    assert_eq!((large.llm_calls, large.traces, large.tokens()), (2, 1, Some(1_255)));
    assert_eq!(large.provider.as_deref(), Some("azure"));
    assert_eq!((unpriced.cost_usd, unpriced.cost_missing), (None, 1));
    assert_eq!((silent.llm_calls, silent.usage, silent.cost_missing), (1, None, 1));
    assert_eq!((found.all.llm_calls, found.all.cost_missing, found.groups), (5, 2, 4));
    assert_eq!((found.all.most_of.as_deref(), found.all.models), (Some("gpt-4o"), 4));
}

#[test]
fn tokens_are_summed_up_whoever_reported_a_total() {
    let mut embedding = call(1, "text-embedding-3-small", Some((7, 0))).kind(Kind::Embedding);
    embedding.reading.usage.as_mut().expect("usage").output_tokens = None;
    let mut told = call(1, "gpt-4o", Some((100, 10)));
    told.reading.usage.as_mut().expect("usage").total_tokens = Some(110);
    let rows = [row(&[embedding]), row(&[told]), row(&[call(1, "gpt-4o", Some((100, 10)))])];
    let all = totals(&rows, TotalsBy::Session, TotalsOrder::Tokens).all;
    assert_eq!((all.tokens(), all.usage.and_then(|usage| usage.input_tokens)), (Some(227), Some(207)));
}

#[test]
fn a_limit_leaves_out_the_smallest_and_says_how_many_there_are() {
    let rows: Vec<_> =
        (0..9).map(|n| of_session(vec![call(1, "gpt-4o", Some((1 + n, 0)))], &format!("s{n}"))).collect();
    let mut gathering = Gathering::new(TotalsBy::Session);
    rows.iter().for_each(|row| gathering.add(Took::from(row)));
    let found = gathering.finish(TotalsOrder::Input, 2);
    assert_eq!((keys(&found), found.groups, found.all.traces), (vec![Some("s8"), Some("s7")], 9, 9));
}

#[test]
fn days_are_those_of_utc_the_latest_first() {
    let began = |at: &str| {
        let mut row = row(&[call(1, "gpt-4o", None)]);
        row.summary.start_time_unix_nano = rfc3339::unix_nano(at).expect("a time").to_string();
        row
    };
    let rows = ["2026-01-30T23:59:59Z", "2026-01-31T00:30:00+01:00", "2026-01-31T00:00:00Z"].map(began);
    let found = totals(&rows, TotalsBy::Day, TotalsBy::Day.order());
    assert_eq!(keys(&found), [Some("2026-01-31"), Some("2026-01-30")]);
    assert_eq!(found.rows[1].traces, 2);
}

#[test]
fn a_word_that_is_none_of_them_is_told_which_there_are() {
    assert_eq!("model".parse(), Ok(TotalsBy::Model));
    let wrong = "colour".parse::<TotalsBy>().expect_err("no such").to_string();
    assert_eq!(wrong, "`colour` is not one of session, user, service, experiment, name, tag, model, day");
    for word in "cost, tokens, input, output, traces, failed, calls, duration, latest".split(", ") {
        assert!(word.parse::<TotalsOrder>().is_ok(), "{word}");
    }
}

proptest! {
    #[test]
    fn the_totals_of_sessions_and_of_models_are_those_of_all(
        traces in prop::collection::vec((0_u8..3, prop::collection::vec((0_u8..3, prop::option::of((0_u64..9_999, 0_u64..999))), 0..5)), 0..8),
        order in Just(()).prop_perturb(|(), mut random| random.random::<u64>()),
    ) {
        let mut rows: Vec<TraceRow> = traces
            .iter()
            .map(|(session, calls)| {
                let calls = calls.iter().zip(1..).map(|((model, tokens), n)| call(n, ["gpt-4o", "gpt-4o-mini", "other"][usize::from(*model)], *tokens));
                of_session(calls.collect(), &format!("s{session}"))
            })
            .collect();
        let by_session = totals(&rows, TotalsBy::Session, TotalsOrder::Cost);
        let by_model = totals(&rows, TotalsBy::Model, TotalsOrder::Cost);
        for sums in [&by_session.rows, &by_model.rows] {
            let sum = |of: fn(&Total) -> u64| sums.iter().map(of).sum::<u64>();
            prop_assert_eq!(sum(|total| total.llm_calls), by_session.all.llm_calls);
            prop_assert_eq!(sum(|total| total.tokens().unwrap_or(0)), by_session.all.tokens().unwrap_or(0));
            prop_assert_eq!(sum(|total| total.cost_missing), by_session.all.cost_missing);
            let cost: f64 = sums.iter().filter_map(|total| total.cost_usd).sum();
            prop_assert!((cost - by_session.all.cost_usd.unwrap_or(0.0)).abs() < 1e-9);
        }
        if !rows.is_empty() {
            let at = (order % rows.len() as u64) as usize;
            rows.rotate_left(at);
        }
        let again = totals(&rows, TotalsBy::Session, TotalsOrder::Cost);
        prop_assert_eq!(keys(&again), keys(&by_session));
    }
}

#[test]
fn of_two_accounts_of_one_session_that_with_more_tokens_counts() {
    let told = |in_records: bool, of: &str, tokens: u64| TraceRow {
        told_twice: Some(ToldTwice { of: of.to_owned(), in_records }),
        ..of_session(vec![call(1, "gpt-4o-mini", Some((tokens, 1)))], "a")
    };
    let all = |rows: &[TraceRow]| {
        let found = totals(rows, TotalsBy::Model, TotalsOrder::Tokens);
        assert_eq!(
            found.all.tokens(),
            found.rows.iter().filter_map(Total::tokens).reduce(|a, b| a + b),
            "of all models"
        );
        (found.all.tokens().unwrap(), found.all.llm_calls, found.all.traces, found.all.told_twice)
    };
    let (records, spans) = (told(true, "a", 30), [told(false, "a", 9), told(false, "a", 19)]);
    assert_eq!(all(&[records.clone(), spans[0].clone(), spans[1].clone()]), (31, 1, 3, 2));
    assert_eq!(all(&[spans[0].clone(), told(true, "a", 20), spans[1].clone()]), (30, 2, 3, 1), "the spans say more");
    assert_eq!(all(&spans), (30, 2, 2, 0), "there is one account");
    assert_eq!(all(&[records, told(false, "b", 9)]), (41, 2, 2, 0), "of two sessions");
}
