//! What is wrong with a request, gathered while it is read: a bounded list, and an exact count.

use super::Complaint;

/// How many complaints a request may list; what is over is counted only.
const LISTED: usize = 100;

/// How many characters of a span's name stand in a place.
const NAME_CHARS: usize = 60;

#[derive(Debug, Default)]
pub(super) struct Complaints {
    pub(super) list: Vec<Complaint>,
    pub(super) rejected: u64,
}

impl Complaints {
    /// Notes that something was left out.
    pub(super) fn reject(&mut self, place: impl FnOnce() -> String, reason: String) {
        self.rejected += 1;
        self.push(place, reason, true);
    }

    /// Notes what was repaired in something that is kept.
    pub(super) fn keep(&mut self, place: impl Fn() -> String, notes: Notes) {
        for note in notes.list {
            self.push(&place, note, false);
        }
    }

    fn push(&mut self, place: impl FnOnce() -> String, reason: String, rejected: bool) {
        // A rejected item must be found in the list even when many a repair filled it.
        if self.list.len() >= LISTED {
            let Some(repair) = self.list.iter().rposition(|listed| rejected && !listed.rejected) else { return };
            self.list.remove(repair);
        }
        self.list.push(Complaint { place: place(), reason, rejected });
    }
}

/// What had to be repaired within one span, log record, resource or scope.
#[derive(Debug, Default)]
pub(super) struct Notes {
    list: Vec<String>,
}

impl Notes {
    pub(super) fn add(&mut self, note: impl FnOnce() -> String) {
        if self.list.len() < LISTED {
            self.list.push(note());
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

/// Returns the place of an item that has a name.
pub(super) fn named(place: String, name: &str) -> String {
    if name.is_empty() {
        return place;
    }
    let mut shown: String = name.chars().take(NAME_CHARS).collect();
    if shown.len() < name.len() {
        shown.push('…');
    }
    format!("{place} ({shown})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundred_are_listed_rejections_first_and_all_are_counted() {
        let mut complaints = Complaints::default();
        let mut notes = Notes::default();
        for i in 0..500 {
            notes.add(|| format!("repair {i}"));
        }
        complaints.keep(|| "span".to_owned(), notes);
        for i in 0..250 {
            complaints.reject(|| format!("span {i}"), "no id".to_owned());
        }
        assert_eq!(complaints.rejected, 250);
        assert_eq!(complaints.list.len(), 100);
        assert!(complaints.list.iter().all(|complaint| complaint.rejected));
    }
}
