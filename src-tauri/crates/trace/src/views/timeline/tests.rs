use std::fs;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::views::drawn::{id, span, trace};
use crate::views::{ReadSpan, ReadTrace};

fn all(trace: &ReadTrace) -> Timeline {
    timeline(trace, 1, &RowWindow { rows: 2_000, ..RowWindow::default() })
}

/// Span, parent (0: none), start and end.
type Times = (u64, u64, u64, u64);

/// The critical path as `span:start-end`, in time order.
fn critical(spans: &[Times]) -> String {
    let shown = all(&trace(spans.iter().map(|&(number, up, start, end)| span(number, up, start, end)).collect()));
    let mut pieces: Vec<(u64, u64, String)> = Vec::new();
    for row in &shown.rows {
        pieces.extend(row.critical.iter().map(|&(start, end)| (start, end, row.name.clone())));
    }
    pieces.sort();
    pieces.iter().map(|(start, end, name)| format!("{name}:{start}-{end}")).collect::<Vec<_>>().join(" ")
}

#[test]
fn critical_paths_computed_by_hand() {
    let cases: &[(&str, &[Times], &str)] = &[
        ("a span alone", &[(1, 0, 0, 10)], "s1:0-10"),
        ("a child in the middle", &[(1, 0, 0, 10), (2, 1, 3, 7)], "s1:0-3 s2:3-7 s1:7-10"),
        (
            "children after each other",
            &[(1, 0, 0, 10), (2, 1, 1, 4), (3, 1, 5, 9)],
            "s1:0-1 s2:1-4 s1:4-5 s3:5-9 s1:9-10",
        ),
        ("children that touch", &[(1, 0, 0, 10), (2, 1, 0, 5), (3, 1, 5, 10)], "s2:0-5 s3:5-10"),
        ("the longer of two beside each other", &[(1, 0, 0, 10), (2, 1, 1, 4), (3, 1, 1, 9)], "s1:0-1 s3:1-9 s1:9-10"),
        (
            "one that overlaps the last finisher is not on it",
            &[(1, 0, 0, 10), (2, 1, 0, 6), (3, 1, 4, 10)],
            "s1:0-4 s3:4-10",
        ),
        (
            "but what finished before it is",
            &[(1, 0, 0, 10), (2, 1, 0, 6), (3, 1, 4, 10), (4, 1, 1, 3)],
            "s1:0-1 s4:1-3 s1:3-4 s3:4-10",
        ),
        ("a child that outlasts its parent", &[(1, 0, 0, 10), (2, 1, 5, 20)], "s1:0-5 s2:5-10"),
        ("within a parent that goes on", &[(1, 0, 0, 30), (2, 1, 0, 10), (3, 2, 5, 20)], "s2:0-5 s3:5-10 s1:10-30"),
        ("a child that starts before its parent", &[(1, 0, 5, 10), (2, 1, 0, 7)], "s2:5-7 s1:7-10"),
        ("a child outside its parent", &[(1, 0, 0, 30), (2, 1, 0, 10), (3, 2, 12, 20)], "s2:0-10 s1:10-30"),
        (
            "grandchildren",
            &[(1, 0, 0, 10), (2, 1, 2, 8), (3, 2, 3, 5), (4, 2, 5, 7)],
            "s1:0-2 s2:2-3 s3:3-5 s4:5-7 s2:7-8 s1:8-10",
        ),
        ("no duration, no piece", &[(1, 0, 0, 10), (2, 1, 4, 4)], "s1:0-10"),
        ("equal ends: the longer", &[(1, 0, 0, 10), (2, 1, 4, 9), (3, 1, 2, 9)], "s1:0-2 s3:2-9 s1:9-10"),
        ("two roots after each other", &[(1, 0, 0, 4), (2, 0, 6, 10)], "s1:0-4 s2:6-10"),
        ("two roots overlapping", &[(1, 0, 0, 6), (2, 0, 4, 10)], "s1:0-4 s2:4-10"),
        ("an orphan beside the root", &[(1, 0, 0, 10), (2, 9, 3, 5)], "s1:0-10"),
        ("end before start", &[(1, 0, 0, 10), (2, 1, 6, 3)], "s1:0-10"),
    ];
    for (name, spans, wanted) in cases {
        assert_eq!(critical(spans), *wanted, "{name}");
    }
}

#[test]
fn own_time_is_what_no_child_covers() {
    let spans = vec![
        span(1, 0, 0, 100),
        span(2, 1, 10, 40),
        span(3, 1, 30, 50),
        span(4, 1, 35, 45),
        span(5, 1, 90, 150),
        span(6, 2, 12, 13),
    ];
    let trace = trace(spans);
    let own: Vec<u64> = all(&trace).rows.iter().map(|row| row.self_ns).collect();
    assert_eq!(own, [50, 29, 1, 20, 10, 60]);
    let index = TimelineIndex::new(&trace);
    let of = |at: usize| index.own_ns(trace.spans[at].span.span_id);
    assert_eq!([of(0), of(1), of(2)], [Some(50), Some(29), None], "without children it is the duration");
}

#[test]
fn a_running_span_lasts_as_long_as_the_trace_is_known() {
    let mut running = span(1, 0, 0, 0);
    running.span.end_time_unix_nano = 0;
    let shown = all(&trace(vec![running, span(2, 1, 5, 20)]));
    assert_eq!((shown.rows[0].running, shown.rows[0].duration_ns, shown.duration_ns), (true, 20, 20));
}

#[test]
fn shares_are_unions_of_wall_time() {
    let spans = vec![
        span(1, 0, 0, 100).kind(Kind::Agent),
        span(2, 1, 0, 40).kind(Kind::Llm),
        span(3, 1, 20, 60).kind(Kind::Llm),
        span(4, 1, 50, 70).kind(Kind::Tool),
        span(5, 4, 50, 70).kind(Kind::Http),
    ];
    assert_eq!(all(&trace(spans)).shares, Shares { model: 0.6, tools: 0.1, gap: 0.3 });
    assert_eq!(all(&trace(vec![span(1, 0, 0, 0)])).shares, Shares::default());
}

#[test]
fn the_minimap_joins_neighbours_and_marks_where_errors_come_from() {
    let spans = vec![
        span(1, 0, 0, 300).kind(Kind::Agent).failing("passed on"),
        span(2, 1, 0, 30).kind(Kind::Llm),
        span(3, 1, 30, 60).kind(Kind::Llm),
        span(4, 1, 100, 101).kind(Kind::Tool).failing("here"),
    ];
    let minimap = all(&trace(spans)).minimap;
    let marks: Vec<_> = minimap.marks.iter().map(|mark| (mark.lane, mark.from, mark.to, mark.error)).collect();
    let wanted = [(Lane::Agents, 0, 300, false), (Lane::Model, 0, 60, false), (Lane::Tools, 100, 101, true)];
    assert_eq!((minimap.bins, marks), (300, wanted.to_vec()));
}

/// A root with two branches of two leaves: 1(2(3 4) 5(6 7)).
fn two_branches() -> ReadTrace {
    let ends = [(1, 0), (2, 1), (3, 2), (4, 2), (5, 1), (6, 5), (7, 5)];
    trace(ends.iter().map(|&(number, up)| span(number, up, number, 100 + number)).collect())
}

fn names(shown: &Timeline) -> String {
    let rows = shown.rows.iter().map(|row| format!("{}{}", &row.name[1..], if row.expanded { "+" } else { "" }));
    rows.collect::<Vec<_>>().join(" ")
}

#[test]
fn siblings_that_are_alike_are_one_row_until_it_is_opened() {
    let embed = |number: u64| {
        let mut read = span(number, 1, number * 10, number * 10 + 4).kind(Kind::Embedding).using(9, 0);
        read.span.name = "embed".to_owned();
        read
    };
    let mut spans = vec![span(1, 0, 0, 200), span(2, 1, 1, 5)];
    spans.extend((3..=8).map(embed));
    // One that failed is no part of it, and two are too few to be a row of their own.
    spans.push(embed(9).failing("no"));
    spans.extend((10..=11).map(embed));
    let index = TimelineIndex::new(&trace(spans));
    let show = |window: RowWindow| index.window(1, &window);
    let base = RowWindow { rows: 100, alike: true, ..RowWindow::default() };
    let ids = |shown: &Timeline| {
        shown.rows.iter().map(|row| row.span_id.trim_start_matches('0').to_owned()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(show(RowWindow { alike: false, ..base.clone() }).rows_total, 11);
    let folded = show(base.clone());
    assert_eq!(ids(&folded), "1 2 3 9 a b");
    let row = &folded.rows[2];
    assert_eq!((row.alike, row.children, row.descendants, row.expanded), (6, 5, 5, false));
    assert_eq!((row.start_ns, row.duration_ns, row.input_tokens), (30, 54, Some(54)), "all of them together");

    let open = show(RowWindow { expanded: vec![id(3)], ..base.clone() });
    assert_eq!(ids(&open), "1 2 3 4 5 6 7 8 9 a b");
    let [first, second] = [&open.rows[2], &open.rows[3]];
    assert_eq!((first.alike, first.expanded, first.depth, first.duration_ns), (6, true, 1, 4));
    assert_eq!((second.alike, second.depth, second.position, second.siblings), (0, 2, 1, 5));
    assert_eq!(
        second.parent_span_id.as_deref(),
        Some(first.span_id.as_str()),
        "one step up is the row that folds them"
    );
    let within = show(RowWindow { from: 5, rows: 2, expanded: vec![id(3)], ..base.clone() });
    assert_eq!(within.ancestors.iter().map(|row| row.row).collect::<Vec<_>>(), [0, 2]);

    let revealed = show(RowWindow { rows: 3, reveal: Some(id(7)), ..base.clone() });
    assert_eq!(ids(&revealed), "6 7 8");
    assert_eq!(show(RowWindow { reveal: Some(id(3)), ..base }).rows_total, 6, "the first of them is in sight");
}

#[test]
fn windows_leave_out_what_is_collapsed() {
    let trace = two_branches();
    let index = TimelineIndex::new(&trace);
    let show = |window: RowWindow| index.window(3, &window);
    let base = RowWindow { rows: 100, ..RowWindow::default() };
    assert_eq!(names(&show(base.clone())), "1+ 2+ 3 4 5+ 6 7");
    assert_eq!(names(&show(RowWindow { collapsed: vec![id(2)], ..base.clone() })), "1+ 2 5+ 6 7");
    assert_eq!(names(&show(RowWindow { max_depth: Some(1), ..base.clone() })), "1+ 2 5");
    assert_eq!(
        names(&show(RowWindow { max_depth: Some(0), expanded: vec![id(1), id(5)], ..base.clone() })),
        "1+ 2 5+ 6 7"
    );
    let revealed = show(RowWindow { max_depth: Some(0), collapsed: vec![id(1)], reveal: Some(id(7)), ..base.clone() });
    assert_eq!(names(&revealed), "1+ 2 5+ 6 7");

    let window = show(RowWindow { from: 3, rows: 2, ..base.clone() });
    assert_eq!((names(&window).as_str(), window.rows_total, window.rows[0].row), ("4 5+", 7, 3));
    let above: Vec<_> = window.ancestors.iter().map(|row| (row.row, row.name.as_str())).collect();
    assert_eq!(above, [(0, "s1"), (1, "s2")]);
    let around = show(RowWindow { rows: 3, reveal: Some(id(6)), ..base.clone() });
    assert_eq!(names(&around), "5+ 6 7");
    assert_eq!(names(&show(RowWindow { from: 99, ..base })), "");
}

#[test]
fn rows_say_where_they_stand() {
    let shown = all(&two_branches());
    let row = &shown.rows[4];
    assert_eq!((row.depth, row.children, row.descendants, row.position, row.siblings), (1, 2, 2, 2, 2));
    assert_eq!((row.start_ns, row.duration_ns), (4, 100));
}

/// Two parents that were not received: 20 with 2, 3 (above 4) and 6, and 30 with 7; and a root that was.
fn orphans() -> ReadTrace {
    let ends = [(1, 0, 5), (2, 20, 3), (3, 20, 6), (4, 3, 7), (6, 20, 8), (7, 30, 4)];
    trace(ends.iter().map(|&(number, up, start)| span(number, up, start, 10 + start)).collect())
}

#[test]
fn a_parent_that_was_not_received_has_one_row_above_its_children() {
    let trace = orphans();
    let shown = all(&trace);
    let rows: Vec<_> = shown
        .rows
        .iter()
        .map(|row| {
            format!("{} {}{} {}/{}", "-".repeat(row.depth as usize), row.name, row.missing, row.position, row.siblings)
        })
        .collect();
    let wanted = [
        " Parent not receivedtrue 1/3",
        "- s2false 1/3",
        "- s3false 2/3",
        "-- s4false 1/1",
        "- s6false 3/3",
        " Parent not receivedtrue 2/3",
        "- s7false 1/1",
        " s1false 3/3",
    ];
    assert_eq!(rows, wanted);
    assert_eq!((shown.rows_total, shown.spans_total), (8, 6));
    let missing = &shown.rows[0];
    assert_eq!((missing.span_id.as_str(), missing.children, missing.descendants), ("0000000000000014", 3, 4));
    assert_eq!((missing.start_ns, missing.duration_ns, missing.expanded), (0, 15, true));
    assert_eq!(shown.rows[1].parent_span_id.as_ref(), Some(&missing.span_id));
}

#[test]
fn the_row_of_a_missing_parent_folds_and_is_found() {
    let trace = orphans();
    let index = TimelineIndex::new(&trace);
    let show = |window: RowWindow| {
        let shown = index.window(1, &window);
        shown.rows.iter().map(|row| row.name.replace("Parent not received", "?")).collect::<Vec<_>>().join(" ")
    };
    let base = RowWindow { rows: 100, ..RowWindow::default() };
    assert_eq!(show(RowWindow { collapsed: vec![id(20)], ..base.clone() }), "? ? s7 s1");
    assert_eq!(show(RowWindow { max_depth: Some(0), ..base.clone() }), "? ? s1");
    assert_eq!(show(RowWindow { max_depth: Some(0), expanded: vec![id(30)], ..base.clone() }), "? ? s7 s1");
    assert_eq!(show(RowWindow { max_depth: Some(0), reveal: Some(id(4)), ..base.clone() }), "? s2 s3 s4 s6 ? s1");
    assert_eq!(show(RowWindow { rows: 2, reveal: Some(id(30)), ..base.clone() }), "s6 ?");
    let window = index.window(1, &RowWindow { from: 3, rows: 1, ..base });
    let above: Vec<_> = window.ancestors.iter().map(|row| (row.row, row.name.as_str())).collect();
    assert_eq!(above, [(0, "Parent not received"), (2, "s3")]);
}

#[test]
fn odd_times_are_badged_and_not_moved() {
    let early = span(3, 1, 5, 50).of_service("other");
    let mut served = span(6, 1, 60, 101).of_service("other");
    served.span.kind = 2;
    let mut dropping = span(4, 9, 10, 20);
    dropping.span.dropped_events = 3;
    let shown =
        all(&trace(vec![span(1, 0, 10, 100), span(2, 1, 30, 20), early, served, dropping, span(5, 1, 50, 150)]));
    let badges: Vec<_> = shown.rows.iter().map(|row| (row.name.as_str(), row.badges.as_slice())).collect();
    let wanted: [(&str, &[RowBadge]); 7] = [
        ("s1", &[]),
        ("s3", &[RowBadge::ClockSkew]),
        ("s2", &[RowBadge::NegativeDuration]),
        ("s5", &[]),
        ("s6", &[]),
        ("Parent not received", &[]),
        ("s4", &[RowBadge::MissingParent, RowBadge::Dropped]),
    ];
    assert_eq!(badges, wanted);
}

#[test]
fn a_hundred_thousand_spans_deep_or_wide_have_rows() {
    for deep in [true, false] {
        let up = |number: u64| if deep { number - 1 } else { number.min(2) - 1 };
        let spans: Vec<ReadSpan> =
            (1..=100_000).map(|number| span(number, up(number), number, 300_000 - number)).collect();
        let shown = timeline(&trace(spans), 1, &RowWindow { from: 99_990, rows: 10, ..RowWindow::default() });
        assert_eq!((shown.rows_total, shown.rows.len()), (100_000, 10));
        assert!(shown.ancestors.len() <= 256 && shown.minimap.marks.len() <= 1_500);
    }
}

/// The interface reads the same bytes and must find the same rows in them (`ui/src/api/packed.test.ts`): `UPDATE=1` rewrites both.
#[test]
fn packed_rows_are_as_recorded() {
    let spans: Vec<ReadSpan> = (0..minimap::KINDS.len() as u64)
        .map(|at| span(at + 2, 1, at * 10, at * 10 + 7).kind(minimap::KINDS[at as usize]).using(at, at * 2))
        .collect();
    let mut all_spans = vec![span(1, 0, 0, 400).kind(Kind::Agent).named("агент"), span(40, 99, 5, 9).failing("429")];
    all_spans.extend(spans);
    all_spans.extend([span(50, 2, 1, 3).kind(Kind::Tool), span(51, 2, 4, 6).kind(Kind::Http).failing("late")]);
    let mut running = span(52, 1, 300, 0);
    running.span.end_time_unix_nano = 0;
    all_spans.push(running);
    let index = TimelineIndex::new(&trace(all_spans));
    let window = RowWindow { from: 1, rows: 100, collapsed: vec![id(2)], ..RowWindow::default() };
    let shown = Shown::new(&index, &Fold::of(&window));
    let stretch = Stretch { from_ns: 0, to_ns: 400, pieces: 400 };
    let bytes = packed(&index, &shown, 7, &window, stretch, true);
    recorded(&bytes, &index.among(&shown, 7, &window));
}

#[test]
fn what_is_folded_is_told_by_the_most_telling_below() {
    let spans = vec![
        span(1, 0, 0, 100),
        span(2, 1, 0, 40).kind(Kind::Llm),
        span(3, 2, 0, 20).kind(Kind::Http),
        span(4, 1, 60, 70).kind(Kind::Http),
        span(5, 1, 80, 81).kind(Kind::Tool).failing("here"),
    ];
    let index = TimelineIndex::new(&trace(spans));
    let told = |from, to, bins| {
        let found = buckets::buckets(&index, 1..index.len() as u32, from, to, bins);
        found.iter().map(|b| (b.from_ns, b.to_ns, b.kind, b.error, b.count)).collect::<Vec<_>>()
    };
    let wanted = [(0, 50, Kind::Llm, false, 2), (60, 80, Kind::Http, false, 1), (80, 90, Kind::Tool, true, 1)];
    assert_eq!(told(0, 100, 10), wanted);
    assert_eq!(told(80, 82, 2), [(80, 82, Kind::Tool, true, 1)]);
    assert_eq!(told(90, 100, 10), []);
}

proptest! {
    #[test]
    fn shares_sum_to_one_and_the_path_covers_the_root(
        spans in prop::collection::vec((0u64..20, 0u64..100, 0u64..100, 0usize..4), 1..20)
    ) {
        let kinds = [Kind::Llm, Kind::Tool, Kind::Agent, Kind::Http];
        let spans = (2..).zip(spans).map(|(number, (up, start, length, kind))| {
            span(number, up.max(1), start, start + length).kind(kinds[kind])
        });
        let shown = all(&trace(std::iter::once(span(1, 0, 0, 200)).chain(spans).collect()));
        let Shares { model, tools, gap } = shown.shares;
        prop_assert!((model + tools + gap - 1.0).abs() < 1e-9 && model >= 0.0 && tools >= 0.0 && gap >= 0.0);
        let path: u64 = shown.rows.iter().flat_map(|row| &row.critical).map(|(start, end)| end - start).sum();
        prop_assert_eq!(path, shown.duration_ns);
    }
}

/// Compares packed rows and the same rows as JSON with the recorded ones, which the interface's test reads too, or records them.
#[expect(clippy::disallowed_methods, reason = "fixtures are files; it is the crate itself that does no IO")]
fn recorded(packed: &[u8], rows: &Timeline) {
    const FIXTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../ui/src/api/packed.fixture.json");
    let told = json!({ "packed": STANDARD.encode(packed), "timeline": rows });
    let told = serde_json::to_string_pretty(&told).expect("plain data") + "\n";
    if std::env::var_os("UPDATE").is_some() {
        fs::write(FIXTURE, &told).expect("written");
    }
    assert!(fs::read_to_string(FIXTURE).expect("UPDATE=1 records it") == told, "the layout of packed rows changed");
}

#[test]
fn a_row_of_a_tool_says_which_tool() {
    let tool =
        |number, named: &str, tool| span(number, 0, number, 9).named(named).tool(tool, None, json!({}), json!(""));
    let trace = trace(vec![tool(1, "ai.toolCall", "weather"), tool(2, "execute_tool weather", "weather")]);
    let names: Vec<String> = all(&trace).rows.into_iter().map(|row| row.name).collect();
    assert_eq!(names, ["ai.toolCall weather", "execute_tool weather"]);
}

#[test]
fn a_row_tells_how_many_of_its_children_ran_at_once() {
    let cases: &[(&[Times], u32)] = &[
        (&[(1, 0, 0, 9)], 0),
        (&[(1, 0, 0, 9), (2, 1, 0, 3), (3, 1, 3, 6), (4, 1, 6, 9)], 1),
        (&[(1, 0, 0, 9), (2, 1, 0, 8), (3, 1, 1, 3), (4, 1, 2, 6), (5, 1, 3, 4)], 3),
        (&[(1, 0, 0, 9), (2, 1, 0, 8), (3, 2, 1, 3), (4, 2, 1, 3)], 1),
    ];
    for (times, most) in cases {
        let spans = times.iter().map(|&(number, up, start, end)| span(number, up, start, end)).collect();
        assert_eq!(all(&trace(spans)).rows[0].at_once, *most, "{times:?}");
    }
}

#[test]
fn a_trace_gathered_in_parts_is_the_trace() {
    let mut spans: Vec<ReadSpan> = (1..=9u64).map(|n| span(n, n / 3, (9 - n) * 10, 97)).collect();
    for (nth, read) in spans.iter_mut().enumerate() {
        read.reading.model = Some(crate::reading::Model {
            request: Some(format!("model {}", nth % 3)),
            ..crate::reading::Model::default()
        });
        read.reading.usage = Some(crate::reading::Usage { input_tokens: Some(nth as u64), ..Default::default() });
    }
    // Children start before their parents: whether that is another machine's clock depends on the process.
    let gathered = |spans: &[ReadSpan]| {
        let mut gathering = Gathering::default();
        for read in spans {
            let digest = crate::views::summary::digest(&read.span, &read.reading, 0);
            gathering.add(&SpanFacts::from(&digest), u64::from(read.span.span_id.0[7] % 3));
        }
        gathering
    };
    let window = RowWindow { rows: 2_000, ..RowWindow::default() };
    let drawn = |gathering: Gathering| TimelineIndex::of(gathering.columns()).window(1, &window);
    let whole = drawn(gathered(&spans));
    assert_eq!(whole.rows.len(), 9);
    assert!(whole.rows.iter().any(|row| row.badges.contains(&RowBadge::ClockSkew)));
    for at in 0..=spans.len() {
        let (first, rest) = spans.split_at(at);
        let mut parts = gathered(rest);
        parts.append(gathered(first));
        assert_eq!(drawn(parts), whole, "cut at {at}");
    }
}

#[test]
fn the_next_failure_is_where_it_began_then_what_failed_with_it() {
    // 1 ⟨ 2, 3 failed ⟨ 4 failed ⟨ 5 failed ⟩, 6 ⟩, 7 failed ⟩
    let failing = |span: ReadSpan| span.failing("503");
    let index = TimelineIndex::new(&trace(vec![
        span(1, 0, 0, 100),
        span(2, 1, 1, 9),
        failing(span(3, 1, 10, 60)),
        failing(span(4, 3, 11, 40)),
        failing(span(5, 4, 12, 30)),
        span(6, 3, 41, 50),
        failing(span(7, 1, 70, 90)),
    ]));
    let next = |after: u64| index.next_failure((after != 0).then(|| id(after)));
    let walked: Vec<u64> =
        [0, 5, 4, 3, 7, 1, 2, 6].into_iter().map(|at| next(at).map_or(0, |span| u64::from_be_bytes(span.0))).collect();
    assert_eq!(walked, [5, 4, 3, 7, 5, 5, 5, 3]);
    assert_eq!(TimelineIndex::new(&trace(vec![span(1, 0, 0, 100)])).next_failure(None), None);
}
