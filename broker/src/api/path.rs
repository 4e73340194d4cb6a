//! Which object is which session?

use super::PATH;
use netsession_fsm::words::SessionId;

/// The object under which the sessions are.
pub const SESSIONS: &str = "/org/netsession/Broker1/session";

/// The object of a session: its index and its generation, so that a path is never used again.
#[must_use]
pub fn of_session(session: SessionId) -> String {
    format!("{SESSIONS}/{}_{}", session.index, session.generation)
}

/// The session an object is; `None` if the path is none of ours, or not written as [`of_session`] does.
#[must_use]
pub fn session(path: &str) -> Option<SessionId> {
    let (index, generation) = path.strip_prefix(SESSIONS)?.strip_prefix('/')?.split_once('_')?;
    let id = SessionId { index: index.parse().ok()?, generation: generation.parse().ok()? };
    (of_session(id) == path).then_some(id)
}

/// The next part of the way from `path` to the broker's objects; `None` if they are not below it.
#[must_use]
pub fn below(path: &str) -> Option<&'static str> {
    let rest = if path == "/" { &SESSIONS[1..] } else { SESSIONS.strip_prefix(path)?.strip_prefix('/')? };
    debug_assert!(SESSIONS.starts_with(PATH));
    rest.split('/').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_one_session_and_the_other_way_round() {
        let id = SessionId { index: 7, generation: 3 };
        assert_eq!(of_session(id), "/org/netsession/Broker1/session/7_3");
        assert_eq!(session(&of_session(id)), Some(id));
        for other in ["", "/", "/org/netsession/Broker1/session", "07_3", "7_03", "+7_3", "7_3_1", "7", "7_", "4294967296_0", "7_3/x"] {
            assert_eq!(session(other), None, "{other}");
            assert_eq!(session(&format!("{SESSIONS}/{other}")), None, "{other}");
        }
    }

    #[test]
    fn the_way_down_is_told_step_by_step() {
        assert_eq!(below("/"), Some("org"));
        assert_eq!(below("/org"), Some("netsession"));
        assert_eq!(below("/org/netsession"), Some("Broker1"));
        assert_eq!(below(PATH), Some("session"));
        assert_eq!(below(SESSIONS), None);
        assert_eq!(below("/or"), None);
    }
}
