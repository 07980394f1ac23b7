//! Who is visiting: sessions, their tokens, and the one account.

use std::collections::{HashMap, VecDeque};

use subtle::ConstantTimeEq;

/// The name of the only account.
pub const DEMO_USER: &str = "demo";

/// The password of the only account, shown on the login page.
pub const DEMO_PASSWORD: &str = "larch-and-lantern";

/// How many sessions are kept. A crawler that returns no cookies opens one per page, and the oldest make room.
const SESSION_LIMIT: usize = 4096;

/// One visitor's session.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    /// The value of the session cookie.
    pub(crate) id: String,
    /// The value that this session's forms carry.
    pub(crate) csrf_token: String,
    /// Whether the account's password was given.
    pub(crate) signed_in: bool,
}

impl Session {
    /// Whether a form's token is this session's, in time that does not depend on where they differ.
    pub(crate) fn issued(&self, token: &str) -> bool {
        self.csrf_token.as_bytes().ct_eq(token.as_bytes()).into()
    }
}

/// Whether these are the account's name and password.
pub(crate) fn is_account(user: &str, password: &str) -> bool {
    let user = user.as_bytes().ct_eq(DEMO_USER.as_bytes());
    let password = password.as_bytes().ct_eq(DEMO_PASSWORD.as_bytes());
    (user & password).into()
}

/// All open sessions, the oldest first.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    by_id: HashMap<String, Session>,
    oldest_first: VecDeque<String>,
}

impl Sessions {
    pub(crate) fn find(&self, id: &str) -> Option<Session> {
        self.by_id.get(id).cloned()
    }

    /// Opens a session under a new id, closing the oldest if there are too many.
    pub(crate) fn open(&mut self, signed_in: bool) -> Result<Session, getrandom::Error> {
        let session = Session { id: random_hex()?, csrf_token: random_hex()?, signed_in };
        while self.oldest_first.len() >= SESSION_LIMIT {
            if let Some(oldest) = self.oldest_first.pop_front() {
                self.by_id.remove(&oldest);
            }
        }
        self.oldest_first.push_back(session.id.clone());
        self.by_id.insert(session.id.clone(), session.clone());
        Ok(session)
    }

    pub(crate) fn close(&mut self, id: &str) {
        if self.by_id.remove(id).is_some() {
            self.oldest_first.retain(|open| open != id);
        }
    }
}

/// 128 random bits as 32 hexadecimal digits.
fn random_hex() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    Ok(format!("{:032x}", u128::from_ne_bytes(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_session_makes_room() {
        let mut sessions = Sessions::default();
        let first = sessions.open(false).unwrap();
        let second = sessions.open(false).unwrap();
        for _ in 0..SESSION_LIMIT - 1 {
            sessions.open(false).unwrap();
        }
        assert!(sessions.find(&first.id).is_none());
        assert!(sessions.find(&second.id).is_some());
        assert_eq!(sessions.by_id.len(), SESSION_LIMIT);
    }

    #[test]
    fn closed_sessions_leave_nothing_behind() {
        let mut sessions = Sessions::default();
        let session = sessions.open(true).unwrap();
        sessions.close(&session.id);
        assert!(sessions.find(&session.id).is_none());
        assert!(sessions.oldest_first.is_empty());
    }

    #[test]
    fn tokens_belong_to_one_session() {
        let mut sessions = Sessions::default();
        let (one, other) = (sessions.open(false).unwrap(), sessions.open(false).unwrap());
        assert!(one.issued(&one.csrf_token));
        assert!(!one.issued(&other.csrf_token));
        assert!(!one.issued(""));
        assert_ne!(one.id, one.csrf_token);
        assert_eq!(one.id.len(), 32);
    }

    #[test]
    fn both_name_and_password_count() {
        assert!(is_account(DEMO_USER, DEMO_PASSWORD));
        assert!(!is_account(DEMO_USER, "wrong"));
        assert!(!is_account("other", DEMO_PASSWORD));
    }
}
