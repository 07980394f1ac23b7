use tokio::time::advance;

use super::*;
use crate::controllers::samples::web;

const PAUSE: Pause = Pause { least: Duration::from_secs(1), most: Duration::from_secs(2) };

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

#[tokio::test(start_paused = true)]
async fn it_is_put_off_for_a_moment_and_not_for_longer() {
    let (postponed, begins, web) = (Postponed::default(), Begins::default(), web());
    let left = || postponed.left(&web, PAUSE, &begins);
    assert_eq!(left(), Some(PAUSE.least));
    advance(PAUSE.least - millis(100)).await;
    // More to do begins no other moment.
    assert_eq!(left(), Some(millis(100)));
    advance(millis(100)).await;
    assert_eq!(left(), None);
    postponed.settle(&web);
    assert_eq!(left(), Some(PAUSE.least), "it was done in between");
    assert!(postponed.all().len() == 1);
    postponed.settle(&web);
    assert!(postponed.all().is_empty());
}

#[tokio::test(start_paused = true)]
async fn whoever_has_time_lets_others_begin_but_not_for_ever() {
    let (postponed, begins, web) = (Postponed::default(), Begins::default(), web());
    let left = || postponed.left(&web, PAUSE, &begins);
    begins.tell();
    assert_eq!(left(), Some(PAUSE.least), "others are done before that");
    advance(PAUSE.least).await;
    assert_eq!(left(), None);
    for _ in 0..8 {
        begins.tell();
        assert_eq!(left(), Some(LULL), "others begin");
        advance(millis(100)).await;
    }
    begins.tell();
    assert_eq!(left(), Some(millis(200)), "it waits no longer than that");
    advance(millis(200)).await;
    assert_eq!(left(), None);
}

#[tokio::test(start_paused = true)]
async fn whom_nobody_asks_about_again_is_forgotten() {
    let (postponed, begins, web) = (Postponed::default(), Begins::default(), web());
    postponed.left(&web, PAUSE, &begins);
    advance(FORGOTTEN).await;
    postponed.left(&ObjectName::new("shop", "other"), PAUSE, &begins);
    assert!(!postponed.all().contains_key(&web));
}
