//! One scan by ZAP, from its context to its findings.

use std::pin::pin;

use dast_core::{Collected, Progress, Redactor, ScanError, ScanRequest};
use dast_policy::{Authentication, Cause, Completion, Engine, Exposure, Origin};
use dast_zap_client::watch::{Update, Watch};
use dast_zap_client::{SpiderScanId, Url, ZapClient, ZapError};
use futures_util::StreamExt;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::coverage::Sight;
use super::failure::{Shortfall, not_started, told};
use super::finding::Findings;
use super::profile::{ZapLimits, ZapProfile};
use super::scope::Scope;

/// Everything that one scan needs.
pub(super) struct Run {
    pub(super) zap: ZapClient,
    pub(super) profile: ZapProfile,
    pub(super) limits: ZapLimits,
    pub(super) request: ScanRequest,
    pub(super) engine: Engine,
    pub(super) cancel: CancellationToken,
    pub(super) progress: watch::Sender<Progress>,
}

/// What a scan has seen and found so far.
#[derive(Default)]
struct Yield {
    sight: Sight,
    findings: Findings,
}

impl Run {
    /// Scans. What was seen and found until something went wrong is told as well as what went wrong.
    pub(super) async fn run(self) -> Result<Collected, ScanError> {
        let until = Instant::now() + self.limits.time;
        let scope = Scope::open(&self.zap, self.request.target.origin()).await.map_err(not_started)?;
        let mut found = Yield::default();
        let stages = self.stages(&scope, until, &mut found).await;
        let stages = match stages {
            // Whatever was found until then is told.
            Err(shortfall) => {
                let _ = self.list(&mut found).await;
                Err(shortfall)
            }
            Ok(()) => self.conclude(&scope, &mut found).await,
        };
        scope.close().await;
        Ok(self.collected(stages, found))
    }

    async fn stages(&self, scope: &Scope, until: Instant, found: &mut Yield) -> Result<(), Shortfall> {
        for seed in self.seeds() {
            let crawl = self.zap.spider().scan(&seed).recurse(true).context_name(scope.name());
            let crawl = match self.limits.max_children {
                Some(most) => crawl.max_children(most),
                None => crawl,
            };
            let crawl = crawl.send().await?;
            let ended = self.wait("the crawl", self.zap.watch_spider(crawl), scope, until).await;
            // What it saw counts even if it did not come to its end.
            let seen = self.look_back(crawl, found).await;
            ended?;
            seen?;
        }
        found.sight.answered(self.request.target.origin())?;
        self.passive(scope, until).await?;
        self.list(found).await?;
        if self.profile == ZapProfile::Full {
            let root = root(self.request.target.origin())?;
            let attack = self.zap.ascan().scan(&root).recurse(true).context(scope.context()).send().await?;
            self.wait("the active scan", self.zap.watch_active_scan(attack), scope, until).await?;
            self.passive(scope, until).await?;
            self.list(found).await?;
        }
        Ok(())
    }

    /// Where the crawl begins: at the target's seeds, and at every place that is asked for.
    fn seeds(&self) -> Vec<Url> {
        let origin = self.request.target.origin();
        let mut seeds = self.request.target.seeds().to_vec();
        for exposure in &self.request.exposures {
            let seed = root(origin).ok().and_then(|root| root.join(&exposure.path).ok());
            if let Some(seed) = seed.filter(|seed| exposure.host == origin.host() && !seeds.contains(seed)) {
                seeds.push(seed);
            }
        }
        seeds
    }

    /// What the spider saw.
    async fn look_back(&self, crawl: SpiderScanId, found: &mut Yield) -> Result<(), ZapError> {
        found.sight.take(self.zap.spider().full_results(crawl).send().await?);
        self.progress.send_modify(|progress| found.sight.tell(progress));
        Ok(())
    }

    /// Waits until the passive rules have looked at everything.
    async fn passive(&self, scope: &Scope, until: Instant) -> Result<(), Shortfall> {
        self.wait("the passive scan", self.zap.watch_passive_queue(), scope, until).await
    }

    async fn wait(&self, what: &str, watch: Watch, scope: &Scope, until: Instant) -> Result<(), Shortfall> {
        let updates = watch
            .every(self.limits.poll)
            .deadline(until.saturating_duration_since(Instant::now()))
            .stalled_after(self.limits.stall)
            .tolerate(self.limits.outage)
            .cancel(self.cancel.clone())
            .guarded_by(scope.marker())
            .progress();
        let mut updates = pin!(updates);
        while let Some(update) = updates.next().await {
            match update? {
                Update::Progress(now) => self.progress.send_modify(|progress| progress.percent = now.percent),
                Update::Ended(ended) => return Shortfall::of_end(what, &ended),
            }
        }
        Err(Shortfall::new(Cause::EngineError, format!("{what} was lost from sight")))
    }

    /// Lists the alerts of the target anew.
    async fn list(&self, found: &mut Yield) -> Result<(), Shortfall> {
        let mut findings = Findings::default();
        let redactor = Redactor::default();
        let mut alerts = pin!(self.zap.alert().of(&root(self.request.target.origin())?));
        let listed = loop {
            match alerts.next().await {
                Some(Ok(alert)) => findings.add(&alert, &redactor),
                Some(Err(error)) => break Err(error),
                None => break Ok(()),
            }
        };
        // A list that broke off is better than none, but no better than one that was whole before.
        if listed.is_ok() || findings.len() > found.findings.len() {
            found.findings = findings;
        }
        let count = u64::try_from(found.findings.len()).unwrap_or(u64::MAX);
        self.progress.send_modify(|progress| progress.findings = count);
        listed.map_err(Shortfall::from)
    }

    /// The last look: whether ZAP is still the same that scanned, so that what was listed is all there is.
    async fn conclude(&self, scope: &Scope, found: &mut Yield) -> Result<(), Shortfall> {
        if !scope.marker().holds().await? {
            let detail = "ZAP was restarted or began a new session while alerts were listed";
            return Err(Shortfall::new(Cause::EngineError, detail));
        }
        match &found.findings.unreadable {
            None => Ok(()),
            Some((count, first)) => {
                let detail = format!("{count} alerts cannot be read; the first: {first}");
                Err(Shortfall::new(Cause::EngineError, detail))
            }
        }
    }

    fn collected(&self, stages: Result<(), Shortfall>, found: Yield) -> Collected {
        let origin = self.request.target.origin();
        let visited = |exposure: &&Exposure| found.sight.visited(origin, exposure);
        let covered = self.request.exposures.iter().filter(visited).cloned().collect();
        let coverage = found.sight.coverage();
        let (findings, rules) = found.findings.into_parts();
        Collected {
            engine: self.engine.clone(),
            completion: stages.err().map_or(Completion::Complete, Completion::from),
            coverage,
            authentication: Authentication::NotUsed,
            covered,
            findings,
            rules,
        }
    }
}

/// The root of an origin as a URL.
fn root(origin: &Origin) -> Result<Url, Shortfall> {
    Url::parse(&format!("{origin}/")).map_err(|error| Shortfall::new(Cause::EngineError, told(&error)))
}
