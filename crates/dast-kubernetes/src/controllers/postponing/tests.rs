use tokio::time::advance;

use super::*;
use crate::controllers::samples::web;

const MOMENT: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn it_is_put_off_for_a_moment_and_not_for_longer() {
    let (postponed, web) = (Postponed::default(), web());
    assert_eq!(postponed.left(&web, MOMENT), Some(MOMENT));
    advance(MOMENT - Duration::from_millis(100)).await;
    // More to do begins no other moment.
    assert_eq!(postponed.left(&web, MOMENT), Some(Duration::from_millis(100)));
    advance(Duration::from_millis(100)).await;
    assert_eq!(postponed.left(&web, MOMENT), None);
    postponed.settle(&web);
    assert_eq!(postponed.left(&web, MOMENT), Some(MOMENT), "it was done in between");
    assert!(postponed.all().len() == 1);
    postponed.settle(&web);
    assert!(postponed.all().is_empty());
}

#[tokio::test(start_paused = true)]
async fn whom_nobody_asks_about_again_is_forgotten() {
    let (postponed, web) = (Postponed::default(), web());
    postponed.left(&web, MOMENT);
    advance(FORGOTTEN).await;
    postponed.left(&ObjectName::new("shop", "other"), MOMENT);
    assert!(!postponed.all().contains_key(&web));
}
