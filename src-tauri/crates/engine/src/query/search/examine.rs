//! Whether a filter lets a trace through: its row is looked at, and of its spans those where the index says so. What only a trace
//! that was read tells is asked last, elsewhere: see [`super::caches`].

use spanglass_trace::span::{LogRecord, Span};
use spanglass_trace::views::summary::{Digest, TraceRow};

use super::candidates::{Candidates, Places};
use super::hit::{self, Hit};
use super::numbers::{self, Numbers};
use super::sieve::Sieve;
use super::{Asked, facets, texts};
use crate::prices::PricesNow;
use crate::query::filter::{Asks, Key, fold_into};
use crate::query::from_logs;
use crate::query::logs;
use crate::query::raw::{self, Envelopes};
use crate::query::rows::{self, Rows};
use crate::store::{Fault, Reading, SpanRecord, TraceRecord, unseal};

/// Of a trace with as few spans, all rows are read at once, wherever something can stand.
const FEW: u64 = 64;

/// How many spans are read at once.
const AT_ONCE: u32 = 256;

/// A trace that is let through.
pub(super) struct Examined {
    pub(super) row: TraceRow,
    /// Where the first text of the filter stands; empty when the row itself says it.
    pub(super) hits: Vec<Hit>,
}

/// A term that neither was found to hold nor was not.
struct Open<'a> {
    asks: &'a Asks,
    places: &'a Places,
    sieve: &'a Sieve,
    not: bool,
    holds: bool,
}

impl Open<'_> {
    fn asks_digest(&self) -> bool {
        matches!(self.asks, Asks::Like(..))
    }
}

/// Returns the trace when the filter lets it through.
pub(super) fn examine(
    reading: &Reading<'_>,
    record: &TraceRecord,
    rows: &Rows,
    prices: &PricesNow,
    asked: &Asked<'_>,
    candidates: &Candidates,
) -> Result<Option<Examined>, Fault> {
    let compares = numbers::are_asked(asked.filter);
    let fit = |numbers: Numbers| numbers.fit(asked.filter, asked.now);
    // Where nothing is asked of the row, it is made of the traces alone that are let through.
    let asks_row = asked.filter.terms.iter().any(|term| matches!(term.asks, Asks::Like(..) | Asks::Within(..)));
    let mut row = if asks_row { Some(rows.for_list(reading, record, prices)?) } else { None };
    if compares && row.as_ref().is_some_and(|row| !fit(Numbers::from(row))) {
        return Ok(None);
    }
    let mut open = Vec::new();
    for ((term, places), sieve) in asked.filter.terms.iter().zip(&candidates.places).zip(&candidates.sieves) {
        match row.as_ref().and_then(|row| of_row(row, &term.asks)) {
            Some(holds) if holds == term.not => return Ok(None),
            Some(_) => {}
            None if matches!(term.asks, Asks::Within(..) | Asks::CacheBroken) => {}
            None => open.push(Open { asks: &term.asks, places, sieve, not: term.not, holds: false }),
        }
    }
    let mut hit = None;
    if !open.is_empty() {
        let mut looking = Looking { reading, record, open, hit: &mut hit };
        looking.look()?;
        if looking.open.iter().any(|open| open.holds == open.not) {
            return Ok(None);
        }
    }
    let row = match row.take() {
        Some(row) => row,
        None => rows.for_list(reading, record, prices)?,
    };
    Ok(Some(Examined { row, hits: hit.into_iter().collect() }))
}

/// Says whether a term holds, if the texts of the row alone say so.
fn of_row(row: &TraceRow, asks: &Asks) -> Option<bool> {
    match asks {
        Asks::Like(asked, pattern) => {
            let found = facets::of_summary(&row.summary, &mut |key, value| key == asked && pattern.is_like(value));
            (found || *asked == Key::Status).then_some(found)
        }
        Asks::Attribute(..) | Asks::Text(_) | Asks::Within(..) | Asks::CacheBroken => None,
    }
}

struct Looking<'a, 'b> {
    reading: &'a Reading<'b>,
    record: &'a TraceRecord,
    open: Vec<Open<'a>>,
    hit: &'a mut Option<Hit>,
}

impl Looking<'_, '_> {
    /// Looks through the trace until everything is found or there is nothing more to look at: what its spans say is told before
    /// what log records repeat of it.
    fn look(&mut self) -> Result<(), Fault> {
        let mut envelopes = Envelopes::default();
        if !self.look_through_spans(&mut envelopes)? && self.record.logs > 0 {
            self.look_through_logs(&mut envelopes)?;
        }
        Ok(())
    }

    /// Looks at the spans; says whether everything was found.
    fn look_through_spans(&mut self, envelopes: &mut Envelopes) -> Result<bool, Fault> {
        if self.record.spans <= FEW {
            let mut spans = self.reading.spans(self.record.id, None, FEW as u32)?;
            spans.sort_unstable_by_key(|span| span.id);
            for span in &spans {
                if self.look_at(envelopes, span)? {
                    return Ok(true);
                }
            }
            return Ok(false);
        }
        let mut ids = self.reading.span_ids(self.record.id)?;
        ids.sort_unstable();
        for id in ids {
            if !self.open.iter().any(|open| !open.holds && open.places.has_span(id)) {
                continue;
            }
            for arrived in self.reading.arrived_spans(id, id, 1)? {
                if self.look_at(envelopes, &arrived.span)? {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Looks at a span; says whether everything was found.
    fn look_at(&mut self, envelopes: &mut Envelopes, record: &SpanRecord) -> Result<bool, Fault> {
        let waits = |open: &Open<'_>| !open.holds && open.places.has_span(record.id);
        let sealed = (record.reading > 0).then(|| unseal(&record.digest)).flatten();
        let in_digest = |open: &Open<'_>| sealed.is_none_or(|json| open.sieve.lets_digest_through(json));
        if self.open.iter().any(|open| waits(open) && open.asks_digest() && in_digest(open)) {
            let digest = rows::digest(self.reading, envelopes, self.record, record)?;
            self.look_at_digest(&digest);
        }
        if self.open.iter().any(|open| waits(open) && !open.asks_digest()) {
            let stored = raw::bytes(self.reading, envelopes, record)?;
            let Ok((raw, surroundings)) = &stored else { return Ok(self.is_settled()) };
            let in_bytes = |open: &Open<'_>| open.sieve.lets_span_through(&surroundings.envelope, raw);
            if self.open.iter().any(|open| waits(open) && !open.asks_digest() && in_bytes(open))
                && let Ok(span) = raw::decode(self.record.trace_id, record.span_id, &stored)
            {
                self.look_at_span(&span, |places| places.has_span(record.id));
            }
        }
        Ok(self.is_settled())
    }

    /// Looks at the log records, and at the spans that are made of them, until everything is found.
    fn look_through_logs(&mut self, envelopes: &mut Envelopes) -> Result<(), Fault> {
        if self.open.iter().any(|open| !open.holds && open.asks_digest()) {
            let (digests, facts) = from_logs::digests(self.reading, self.record)?;
            digests.iter().for_each(|digest| self.look_at_digest(digest));
            for open in &mut self.open {
                if let Asks::Like(asked, pattern) = open.asks {
                    open.holds |= facets::of_facts(&facts, &mut |key, value| key == asked && pattern.is_like(value));
                }
            }
        }
        let mut after = 0;
        loop {
            let page = self.reading.logs(self.record.id, None, after, AT_ONCE)?;
            for log in &page {
                if self.open.iter().any(|open| !open.holds && open.places.has_log(log.id))
                    && let Some(decoded) = logs::one(self.reading, envelopes, log)?
                {
                    self.look_at_log(&decoded, log.id);
                }
            }
            match page.last() {
                Some(last) if page.len() == AT_ONCE as usize && !self.is_settled() => after = last.id,
                _ => return Ok(()),
            }
        }
    }

    fn look_at_digest(&mut self, digest: &Digest) {
        for open in self.open.iter_mut().filter(|open| !open.holds) {
            if let Asks::Like(asked, pattern) = open.asks {
                open.holds = facets::of_digest(digest, &mut |key, value| key == asked && pattern.is_like(value));
            }
        }
    }

    fn look_at_span(&mut self, span: &Span, is_place: impl Fn(&Places) -> bool) {
        let attributes = || {
            let events = span.events.iter().flat_map(|event| &event.attributes);
            span.attributes.iter().chain(&span.resource.attributes).chain(events)
        };
        for open in self.open.iter_mut().filter(|open| !open.holds && is_place(open.places)) {
            if let Asks::Attribute(name, pattern) = open.asks {
                open.holds = attributes()
                    .filter(|(key, _)| key == name)
                    .any(|(_, value)| texts::attribute_fits(value, &mut |text| pattern.is_like(text)));
            }
        }
        let mut found = None;
        self.look_for_texts(is_place, &mut found, |each| texts::of_span(span, each));
        if let Some(found) = found
            && self.hit.is_none()
        {
            *self.hit = Some(hit::in_span(span, found));
        }
    }

    fn look_at_log(&mut self, log: &LogRecord, id: i64) {
        for open in self.open.iter_mut().filter(|open| !open.holds && open.places.has_log(id)) {
            if let Asks::Attribute(name, pattern) = open.asks {
                let mut attributes = log.attributes.iter().chain(&log.resource.attributes);
                open.holds = attributes
                    .any(|(key, value)| key == name && texts::attribute_fits(value, &mut |text| pattern.is_like(text)));
            }
        }
        let mut found = None;
        self.look_for_texts(|places| places.has_log(id), &mut found, |each| texts::of_log(log, each));
        if let Some(found) = found
            && self.hit.is_none()
        {
            *self.hit = Some(hit::in_log(log, found));
        }
    }

    /// Looks for every text that is open in texts; the first that is found is told.
    fn look_for_texts(
        &mut self,
        is_place: impl Fn(&Places) -> bool,
        found: &mut Option<hit::Found>,
        texts: impl FnOnce(&mut texts::Each<'_>) -> bool,
    ) {
        let mut open: Vec<(&str, &mut bool, bool)> = Vec::new();
        for each in self.open.iter_mut().filter(|open| !open.holds && is_place(open.places)) {
            if let Asks::Text(text) = each.asks {
                open.push((text, &mut each.holds, each.not));
            }
        }
        if open.is_empty() {
            return;
        }
        let mut folded = String::new();
        texts(&mut |place, text| {
            folded.clear();
            fold_into(text, &mut folded);
            for (words, holds, not) in open.iter_mut().filter(|(_, holds, _)| !**holds) {
                if let Some(at) = folded.find(*words) {
                    **holds = true;
                    if found.is_none() && !*not {
                        *found = Some(hit::Found::new(place, text, &folded, at, words));
                    }
                }
            }
            open.iter().all(|(_, holds, _)| **holds)
        });
    }

    /// Says whether nothing more can change the answer.
    fn is_settled(&self) -> bool {
        self.open.iter().all(|open| open.holds) || self.open.iter().any(|open| open.holds && open.not)
    }
}
