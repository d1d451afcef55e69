//! Who and which conversation, among facts that programs name as they like: `userId`, `user_id`, `session.id`.

use serde_json::{Map, Value};

use super::proposal::{Found, Session};
use super::value;
use crate::reading::Reader;
use crate::span::AnyValue;

/// Returns whose a span is by a key for the session and one for the person.
pub(super) fn told(reader: &Reader<'_>, session: &'static str, user: &'static str) -> Option<Found<Session>> {
    let told = |key| reader.get(key).and_then(value::text);
    let found = Session { session_id: told(session), user_id: told(user) };
    let key = if found.session_id.is_some() { session } else { user };
    (found != Session::default()).then(|| Found::new(key, found))
}

/// Takes the session or the user from a fact of this name; says whether the fact is used up.
///
/// A thread or chat is a session only where none is named, and stays a fact as well.
pub(super) fn take(session: &mut Session, name: &str, sent: &AnyValue) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    match plain.to_ascii_lowercase().as_str() {
        "sessionid" => {
            session.session_id = value::text(sent).or_else(|| session.session_id.take());
            true
        }
        "userid" => {
            session.user_id = value::text(sent).or_else(|| session.user_id.take());
            true
        }
        "threadid" | "conversationid" | "chatid" => {
            session.session_id = session.session_id.take().or_else(|| value::text(sent));
            false
        }
        _ => false,
    }
}

/// Returns the session and the user among facts that a program gave its framework; they stay facts as well.
pub(super) fn among(facts: &Map<String, Value>) -> Option<Session> {
    let mut session = Session::default();
    for (name, told) in facts.iter().filter_map(|(name, told)| Some((name, told.as_str()?))) {
        take(&mut session, name, &AnyValue::Str(told.to_owned()));
    }
    (session != Session::default()).then_some(session)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn session_beats_thread_whichever_comes_first() {
        let facts = [("thread_id", "t"), ("sessionId", "s"), ("session", "no"), ("user-id", "u")];
        for reversed in [false, true] {
            let mut session = Session::default();
            let mut facts = facts.to_vec();
            if reversed {
                facts.reverse();
            }
            for (name, sent) in facts {
                take(&mut session, name, &AnyValue::Str(sent.into()));
            }
            assert_eq!(session, Session { session_id: Some("s".into()), user_id: Some("u".into()) });
        }
    }
}
