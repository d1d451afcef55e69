//! A total of the ledger, taken apart.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{Bill, Column, Ledger, LedgerRow};

/// The most lines of a sum; the rest is one of its own.
const MOST_ADDENDS: usize = 200;
/// The most rows that are told of those that are left out, and the most places numbers were read from.
const MOST_LEFT_OUT: usize = 50;
const MOST_SOURCES: usize = 50;
/// The most stretches of numbers that are told of one line.
const MOST_STRETCHES: usize = 9;

/// A line of a sum: one call, or several of one name that told the same number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Addend {
    /// The first of them.
    pub span_id: String,
    /// What they are called.
    pub name: String,
    /// Their numbers, as the first and the last of each stretch that follow each other; at most nine.
    pub numbers: Vec<(u32, u32)>,
    /// What each of them told.
    pub value: f64,
    /// How many there are.
    pub times: u32,
}

/// A row that told a number that is not added.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct LeftOut {
    /// The span.
    pub span_id: String,
    /// What it is called.
    pub name: String,
    /// What it told.
    pub value: f64,
    /// Why it is not added, in a sentence.
    pub why: String,
}

/// A total of the ledger, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct LedgerSum {
    /// The version of the trace it was made of.
    #[ts(type = "number")]
    pub version: u64,
    /// The total; `None` = unknown.
    pub sum: Option<f64>,
    /// What is added, by the first row of each, at most 200.
    pub addends: Vec<Addend>,
    /// How many more there are, and what they add up to.
    pub more: u32,
    /// See `more`.
    pub more_sum: f64,
    /// Rows that would be added and told no number.
    pub silent: u32,
    /// Rows that told a number that is not added, at most 50.
    pub left_out: Vec<LeftOut>,
    /// Where the numbers were read from, in order of their rows.
    pub sources: Vec<String>,
    /// Of the cost: what was paid for, price by price.
    pub bills: Vec<Bill>,
}

impl Ledger {
    /// Takes the total of a column apart.
    pub fn sum(&self, column: Column) -> LedgerSum {
        let mut sum =
            LedgerSum { version: self.version, sum: column.of(self.total, self.cost_usd), ..LedgerSum::default() };
        let mut places: BTreeMap<(u64, &str), usize> = BTreeMap::new();
        let mut sources: BTreeSet<&str> = BTreeSet::new();
        // Where what is below the spans ends whose number is in the sum: what is inside is in it too.
        let mut covered = 0;
        for (at, (row, end)) in (0..).zip(self.rows.iter().zip(&self.ends)) {
            let inside = at < covered;
            let Some(value) = row.counted(column) else {
                match row.reported(column) {
                    Some(value) if sum.left_out.len() < MOST_LEFT_OUT => sum.left_out.push(left_out(row, value)),
                    Some(_) => {}
                    None => sum.silent += u32::from(is_silent(row, column, inside)),
                }
                continue;
            };
            covered = covered.max(*end);
            if let Some(source) = source(row, column)
                && sources.len() < MOST_SOURCES
                && sources.insert(source)
            {
                sum.sources.push(source.to_owned());
            }
            let place = *places.entry((value.to_bits(), &row.name)).or_insert(sum.addends.len());
            if place == sum.addends.len() {
                let (span_id, name) = (row.span_id.clone(), row.name.clone());
                sum.addends.push(Addend { span_id, name, numbers: Vec::new(), value, times: 0 });
            }
            sum.addends[place].times += 1;
            if let Some(number) = row.number {
                go_on(&mut sum.addends[place].numbers, number);
            }
        }
        if column == Column::Cost {
            sum.bills = super::bill::bills(&self.rows);
        }
        if sum.addends.len() > MOST_ADDENDS {
            let rest = sum.addends.split_off(MOST_ADDENDS);
            sum.more = rest.len() as u32;
            sum.more_sum = rest.iter().map(|each| each.value * f64::from(each.times)).sum();
        }
        sum
    }
}

fn left_out(row: &LedgerRow, value: f64) -> LeftOut {
    LeftOut { span_id: row.span_id.clone(), name: row.name.clone(), value, why: row.why.clone() }
}

/// Says whether a row would be added had it told a number.
fn is_silent(row: &LedgerRow, column: Column, inside: bool) -> bool {
    match column {
        Column::Cost => row.cost_missing,
        _ => !inside && row.number.is_some(),
    }
}

fn source(row: &LedgerRow, column: Column) -> Option<&str> {
    match column {
        Column::Cost => row.cost_source.as_deref(),
        _ => row.source.as_deref(),
    }
}

/// Adds a number to stretches that follow each other.
fn go_on(stretches: &mut Vec<(u32, u32)>, number: u32) {
    let is_full = stretches.len() >= MOST_STRETCHES;
    match stretches.last_mut() {
        Some((_, last)) if *last + 1 == number => *last = number,
        _ if is_full => {}
        _ => stretches.push((number, number)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::ledger;
    use super::*;
    use crate::reading::Kind;
    use crate::views::ReadSpan;
    use crate::views::drawn::{span, trace};

    fn sum(spans: Vec<ReadSpan>, column: Column) -> LedgerSum {
        ledger(&trace(spans), 1).sum(column)
    }

    fn call(number: u64, up: u64, tokens: u64) -> ReadSpan {
        span(number, up, number, 99).kind(Kind::Llm).using(tokens, 5)
    }

    #[test]
    fn a_total_is_the_sum_of_what_was_counted_and_the_rest_is_said() {
        let agent = span(1, 0, 0, 99).kind(Kind::Agent).using(30, 10);
        let sum = sum(vec![agent, call(2, 1, 10), call(3, 1, 20), span(4, 1, 4, 9).kind(Kind::Llm)], Column::Input);
        let added: f64 = sum.addends.iter().map(|each| each.value * f64::from(each.times)).sum();
        assert_eq!((sum.addends.len(), Some(added), sum.sum), (2, Some(30.0), Some(30.0)));
        assert_eq!((sum.silent, sum.left_out.len(), &sum.left_out[0].name[..]), (1, 1, "s1"));
    }

    #[test]
    fn calls_of_one_name_that_told_the_same_number_are_one_line() {
        let same = |number| call(number, 0, 7).named("x");
        let sum = sum(vec![same(1), same(2), call(3, 0, 7), same(4)], Column::Input);
        let lines: Vec<_> = sum.addends.iter().map(|each| (&each.name[..], each.times, &each.numbers[..])).collect();
        assert_eq!(lines, [("x", 3, &[(1, 2), (4, 4)][..]), ("s3", 1, &[(3, 3)][..])]);
    }

    #[test]
    fn calls_below_a_span_that_counts_for_them_are_not_missing_from_the_sum() {
        let agent = span(1, 0, 0, 99).kind(Kind::Agent).using(30, 10);
        let silent = |number, up| span(number, up, number, 9).kind(Kind::Llm);
        assert_eq!(sum(vec![agent.clone(), silent(2, 1), silent(3, 1)], Column::Input).silent, 0);
        // One that stands deeper and elsewhere is missing.
        let elsewhere = span(4, 0, 4, 99).kind(Kind::Agent);
        assert_eq!(sum(vec![agent, elsewhere, silent(5, 4)], Column::Input).silent, 1);
    }

    #[test]
    fn what_does_not_fit_is_one_line_of_its_own() {
        let sum = sum((1..=250).map(|number| call(number, 0, number)).collect(), Column::Input);
        let told: f64 = sum.addends.iter().map(|each| each.value).sum();
        assert_eq!((sum.addends.len(), sum.more), (200, 50));
        assert_eq!(Some(told + sum.more_sum), sum.sum);
    }
}
