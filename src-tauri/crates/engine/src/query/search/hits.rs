//! Where the texts of a filter stand in a trace that is let through: the first places, for a page of them.

use std::time::Instant;

use spanglass_trace::span::{LogRecord, Span};

use super::candidates::{Candidates, Places};
use super::hit::{self, Found, Hit};
use super::texts;
use crate::query::filter::{Asks, Filter, fold_into};
use crate::query::logs;
use crate::query::raw::{self, Envelopes};
use crate::store::{Fault, Reading, TraceRecord};

/// Of one trace, so many spans and log records are looked at for further places.
const LOOKED_AT: usize = 200;

/// How many log records are read at once.
const AT_ONCE: u32 = 64;

/// Returns `most` places, `first` before all others and those in the order in which they came, each said once however often it was
/// sent again; fewer when the time is up.
pub(super) fn of(
    first: Vec<Hit>,
    reading: &Reading<'_>,
    record: &TraceRecord,
    filter: &Filter,
    candidates: &Candidates,
    most: usize,
    until: Instant,
) -> Result<Vec<Hit>, Fault> {
    let asked = filter.terms.iter().zip(&candidates.places);
    let texts = asked.filter_map(|(term, places)| match &term.asks {
        Asks::Text(words) if !term.not => Some((words.as_str(), places)),
        _ => None,
    });
    let mut looking = Looking { texts: texts.collect(), hits: first, most, left: LOOKED_AT, until };
    looking.spans(reading, record)?;
    looking.logs(reading, record)?;
    Ok(looking.hits)
}

struct Looking<'a> {
    texts: Vec<(&'a str, &'a Places)>,
    hits: Vec<Hit>,
    most: usize,
    /// How many spans and log records may still be looked at.
    left: usize,
    until: Instant,
}

impl Looking<'_> {
    fn spans(&mut self, reading: &Reading<'_>, record: &TraceRecord) -> Result<(), Fault> {
        let mut envelopes = Envelopes::default();
        let mut ids = reading.span_ids(record.id)?;
        ids.sort_unstable();
        for id in ids {
            if self.is_done() {
                return Ok(());
            }
            if self.texts.iter().any(|(_, places)| places.has_span(id))
                && let Some(arrived) = reading.arrived_spans(id, id, 1)?.first()
                && let Ok(span) = raw::span(reading, &mut envelopes, record, &arrived.span)?
            {
                self.look_at_span(&span, id);
            }
        }
        Ok(())
    }

    fn logs(&mut self, reading: &Reading<'_>, record: &TraceRecord) -> Result<(), Fault> {
        let (mut envelopes, mut after) = (Envelopes::default(), 0);
        loop {
            let page = reading.logs(record.id, None, after, AT_ONCE)?;
            for log in &page {
                if self.is_done() {
                    return Ok(());
                }
                if self.texts.iter().any(|(_, places)| places.has_log(log.id))
                    && let Some(decoded) = logs::one(reading, &mut envelopes, log)?
                {
                    self.look_at_log(&decoded, log.id);
                }
            }
            match page.last() {
                Some(last) if page.len() == AT_ONCE as usize => after = last.id,
                _ => return Ok(()),
            }
        }
    }

    fn is_done(&self) -> bool {
        self.hits.len() >= self.most || self.left == 0 || Instant::now() >= self.until
    }

    fn look_at_span(&mut self, span: &Span, id: i64) {
        self.left -= 1;
        let found = self.first(|places| places.has_span(id), |each| texts::of_span(span, each));
        if let Some(found) = found {
            self.add(hit::all_in_span(span, found));
        }
    }

    fn look_at_log(&mut self, log: &LogRecord, id: i64) {
        self.left -= 1;
        let found = self.first(|places| places.has_log(id), |each| texts::of_log(log, each));
        if let Some(found) = found {
            self.add(vec![hit::in_log(log, found)]);
        }
    }

    /// Finds the first of the texts that stands in texts.
    fn first(
        &self,
        is_place: impl Fn(&Places) -> bool,
        texts: impl FnOnce(&mut texts::Each<'_>) -> bool,
    ) -> Option<Found> {
        let words: Vec<&str> =
            self.texts.iter().filter(|(_, places)| is_place(places)).map(|(words, _)| *words).collect();
        if words.is_empty() {
            return None;
        }
        let (mut found, mut folded) = (None, String::new());
        texts(&mut |place, text| {
            folded.clear();
            fold_into(text, &mut folded);
            let at = words.iter().find_map(|words| Some((folded.find(words)?, words)));
            found = at.map(|(at, words)| Found::new(place, text, &folded, at, words));
            found.is_some()
        });
        found
    }

    /// What was asked stands in every later call again: it is said where it stands first.
    fn add(&mut self, hits: Vec<Hit>) {
        for hit in hits {
            let same = |known: &Hit| {
                (&known.place, &known.before, &known.text, &known.after)
                    == (&hit.place, &hit.before, &hit.text, &hit.after)
            };
            if self.hits.len() < self.most && !self.hits.iter().any(same) {
                self.hits.push(hit);
            }
        }
    }
}
