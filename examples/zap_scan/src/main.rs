//! Crawls and attacks a site with a running ZAP, and lists what was found: `zap-scan ZAP_URL KEY_FILE TARGET`.

use std::{env, error::Error, fs, time::Duration};

use dast_zap_client::watch::{Ended, Update, Watch};
use dast_zap_client::{TryStreamExt, Url, ZapClient};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [zap, key_file, target] = arguments.as_slice() else {
        return Err("three arguments are needed: ZAP_URL KEY_FILE TARGET".into());
    };
    let zap = ZapClient::builder(zap).api_key(fs::read_to_string(key_file)?.trim()).build()?;
    let (target, session) = (target.parse::<Url>()?, zap.mark_session().await?);

    let crawl = zap.spider().scan(&target).send().await?;
    finish("crawl", zap.watch_spider(crawl).guarded_by(&session)).await?;
    let attack = zap.ascan().scan(&target).recurse(true).send().await?;
    finish("attack", zap.watch_active_scan(attack).guarded_by(&session)).await?;
    finish("passive rules", zap.watch_passive_queue().guarded_by(&session)).await?;

    let mut alerts = zap.alert().of(&target).guarded_by(&session);
    while let Some(alert) = alerts.try_next().await? {
        println!("{}\t{}\t{}", alert.rule, alert.risk, alert.url);
    }
    Ok(session.remove().await?)
}

async fn finish(work: &str, watch: Watch) -> Result<(), Box<dyn Error>> {
    let mut updates = watch.deadline(Duration::from_secs(3600)).progress();
    loop {
        match updates.try_next().await? {
            Some(Update::Progress(progress)) => eprintln!("{work}: {progress}"),
            Some(Update::Ended(Ended::Finished)) => return Ok(()),
            other => return Err(format!("{work} did not come to its end: {other:?}").into()),
        }
    }
}
