use tokio::time::advance;

use super::*;
use crate::controllers::samples::web;

const PAUSE: Pause = Pause { least: Duration::from_secs(1), most: Duration::from_secs(2) };

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

#[tokio::test(start_paused = true)]
async fn it_is_put_off_for_a_moment_and_not_for_longer() {
    let (postponed, crowd, web) = (Postponed::default(), Crowd::default(), web());
    let left = || postponed.left(&web, PAUSE, &crowd);
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
async fn whoever_has_time_lets_a_crowd_pass_but_waits_for_no_endless_one() {
    let (postponed, crowd, web) = (Postponed::default(), Crowd::default(), web());
    let left = || postponed.left(&web, PAUSE, &crowd);
    crowd.join();
    assert_eq!(left(), Some(PAUSE.least), "others are done before that");
    advance(PAUSE.least).await;
    assert_eq!(left(), None);
    for _ in 0..8 {
        crowd.join();
        assert_eq!(left(), Some(LULL), "others come");
        advance(millis(100)).await;
    }
    crowd.join();
    assert_eq!(left(), Some(millis(200)), "it waits no longer than that");
    advance(millis(200)).await;
    assert_eq!(left(), None);
}

#[tokio::test(start_paused = true)]
async fn whom_nobody_asks_about_again_is_forgotten() {
    let (postponed, crowd, web) = (Postponed::default(), Crowd::default(), web());
    postponed.left(&web, PAUSE, &crowd);
    advance(FORGOTTEN).await;
    postponed.left(&ObjectName::new("shop", "other"), PAUSE, &crowd);
    assert!(!postponed.all().contains_key(&web));
}
