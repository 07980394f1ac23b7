//! Events: what happened, told on the objects that people look at.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use dast_policy::{Bound, printable};
use k8s_openapi::api::core::v1::ObjectReference;
use kube::runtime::events::{Event, EventType, Recorder};
use tokio::sync::Notify;
use tokio::time::sleep;

/// The longest note that an API server takes, in bytes
/// (<https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/>).
const MOST_NOTE: usize = 1024;
/// So many events wait at most. When there are more, an API server that is this far behind has more important work.
const MOST_WAITING: usize = 4096;
/// When there is no room for an event, whoever can tell it later tries again after this.
pub(crate) const LATER: Duration = Duration::from_secs(60);

/// An event that an API server takes, whatever is quoted in its note, which becomes one line: events are shown in tables.
pub(crate) fn event(type_: EventType, reason: &str, action: &str, note: &str) -> Event {
    let mut note = printable(&one_line(note)).into_owned();
    Bound::shorten(&mut note, MOST_NOTE);
    Event { type_, reason: reason.to_owned(), action: action.to_owned(), note: Some(note), secondary: None }
}

/// A note of several lines as one. Where there is no room for all, examples are left out rather than what to do next: what stands
/// deeper than the last line, from the end on.
fn one_line(note: &str) -> String {
    const BETWEEN: &str = "; ";
    let depth = |line: &str| line.len() - line.trim_start().len();
    let mut lines: Vec<&str> = note.lines().filter(|line| !line.trim().is_empty()).collect();
    let last = lines.last().map_or(0, |line| depth(line));
    let bytes = |lines: &[&str]| lines.iter().map(|line| line.trim().len() + BETWEEN.len()).sum::<usize>();
    while bytes(&lines) > MOST_NOTE
        && let Some((deepest, _)) = lines.iter().enumerate().max_by_key(|(_, line)| depth(line))
        && lines.get(deepest).is_some_and(|line| depth(line) > last)
    {
        lines.remove(deepest);
    }
    lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join(BETWEEN)
}

/// Events that wait to be told. Nothing that is to be done waits for them: they are told one after the other, in the
/// background. Those that wait when the program ends are not told, as if it had ended before.
#[derive(Default)]
pub(crate) struct Outbox {
    waiting: Mutex<VecDeque<(Arc<Event>, ObjectReference)>>,
    news: Notify,
}

impl Outbox {
    /// Takes an event to be told later, if there is room for it, and says whether there was.
    pub(crate) fn put(&self, event: impl Into<Arc<Event>>, about: ObjectReference) -> bool {
        let event = event.into();
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() >= MOST_WAITING {
            tracing::debug!(reason = event.reason, "there is no room for an event");
            return false;
        }
        waiting.push_back((event, about));
        self.news.notify_one();
        true
    }

    /// Whether there is room for what may be told later: half of it is kept for what happens once.
    pub(crate) fn has_room(&self) -> bool {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).len() < MOST_WAITING / 2
    }

    /// Tells what waits, and what is put there later, with a pause after each. It does not end.
    pub(crate) async fn tell_all(&self, recorder: &Recorder, pause: Duration) {
        loop {
            while let Some((event, about)) = self.take() {
                publish(recorder, &event, &about).await;
                if !pause.is_zero() {
                    sleep(pause).await;
                }
            }
            self.news.notified().await;
        }
    }

    fn take(&self) -> Option<(Arc<Event>, ObjectReference)> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }
}

impl fmt::Debug for Outbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbox").finish_non_exhaustive()
    }
}

/// Tells an event. It is not worth failing for.
pub(crate) async fn publish(recorder: &Recorder, event: &Event, about: &ObjectReference) {
    if let Err(error) = recorder.publish(event, about).await {
        tracing::debug!(%error, reason = event.reason, "an event was not taken");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_bounded_and_moves_no_terminal() {
        let event = event(EventType::Normal, "Told", "Tell", &format!("\u{1b}[2J{}", "é".repeat(MOST_NOTE)));
        let note = event.note.unwrap();
        assert!(note.len() <= MOST_NOTE && !note.contains('\u{1b}'), "{} bytes: {note}", note.len());
    }

    #[test]
    fn a_note_is_one_line() {
        let event =
            event(EventType::Normal, "Told", "Tell", "denied: 1 of 1\n  Service shop/web\n    next: look\n");
        assert_eq!(event.note.unwrap(), "denied: 1 of 1; Service shop/web; next: look");
    }

    #[test]
    fn a_note_that_is_too_long_gives_up_examples_first() {
        let found = |number: u32| format!("      {number} {}\n", "x".repeat(300));
        let all: String = (1..=5).map(found).collect();
        let note = format!("denied\n  Service shop/web\n    5 of severity High\n{all}    next: look");
        let note = event(EventType::Normal, "Told", "Tell", &note).note.unwrap();
        assert!(note.starts_with("denied; Service shop/web; 5 of severity High; 1 xx"), "{note}");
        assert!(note.ends_with("; next: look") && note.len() <= MOST_NOTE, "{note}");
        assert!(note.contains("; 3 xx") && !note.contains("; 4 xx"), "{note}");
    }

    #[test]
    fn what_there_is_no_room_for_is_not_kept() {
        let outbox = Outbox::default();
        let put = || outbox.put(event(EventType::Normal, "Told", "Tell", "more"), ObjectReference::default());
        assert!((0..MOST_WAITING / 2).all(|_| outbox.has_room() && put()));
        assert!(!outbox.has_room());
        assert!((MOST_WAITING / 2..MOST_WAITING).all(|_| put()));
        assert!(!put());
        assert!(outbox.take().is_some() && put());
    }
}
