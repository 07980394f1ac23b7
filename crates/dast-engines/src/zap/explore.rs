//! How ZAP gets to know the target: by crawling it, from the definition of its API, or by a plan of its user.

use dast_policy::Cause;
use dast_zap_client::watch::Ended;
use dast_zap_client::{MessageId, SpiderScanId, Url, ZapClient, ZapError};

use super::failure::{Shortfall, told};
use super::place::{pattern, root};
use super::plan::jobs;
use super::profile::{BrowserCrawler, ZapProfile};
use super::run::{Found, Run, Stage};
use super::session::Session;
use super::undo::unless_absent;

/// How the spider's work is called where something is wrong with it.
const CRAWL: &str = "the crawl";
/// How often one crawl is begun, at most.
const CRAWLS: u32 = 3;

impl Run {
    /// Gets to know the target in the way of the profile.
    pub(super) async fn explore(&self, stage: &mut Stage, found: &mut Found) -> Result<(), Shortfall> {
        found.sight.begins_at(&self.seeds());
        match &self.settings.profile {
            ZapProfile::Baseline | ZapProfile::Full => {
                for seed in self.seeds() {
                    self.crawl(&seed, stage, found).await?;
                }
                if let Some(crawler) = self.settings.browser {
                    let before = self.look_back(found).await?;
                    self.browse(crawler, stage).await?;
                    // Without a browser, ZAP calls a crawl a success that it never began.
                    if self.look_back(found).await? <= before {
                        let name = crawler.as_str();
                        let detail = format!("the {name} spider asked for nothing: has ZAP got a browser?");
                        found.lack(Shortfall::new(Cause::EngineError, detail));
                    }
                }
                Ok(())
            }
            ZapProfile::Api(definition) => {
                self.import(definition, stage, found).await?;
                self.look_back(found).await?;
                Ok(())
            }
            ZapProfile::Plan(plan) => self.run_plan(plan, stage, found).await,
        }
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

    /// Crawls, and begins anew where ZAP overlooked the end of a crawl (see [`dast_zap_client::watch`]).
    async fn crawl(&self, seed: &Url, stage: &mut Stage, found: &mut Found) -> Result<(), Shortfall> {
        for _ in 1..CRAWLS {
            match self.crawl_once(seed, stage, found).await? {
                Ended::Stalled { percent: Some(100) } => {
                    tracing::info!(%seed, "the crawl has nothing more to visit and does not end: it begins anew");
                    stage.scope.stop().await;
                }
                ended => return stage.of_end(CRAWL, &ended),
            }
        }
        let ended = self.crawl_once(seed, stage, found).await?;
        stage.of_end(CRAWL, &ended)
    }

    async fn crawl_once(&self, seed: &Url, stage: &mut Stage, found: &mut Found) -> Result<Ended, Shortfall> {
        let (spider, most) = (self.zap.spider(), self.settings.limits.max_children);
        let stop = |zap: &ZapClient, crawl| zap.spider().stop(crawl);
        let crawl = if let Some(user) = stage.session.as_ref().and_then(Session::user) {
            let crawl = spider.scan_as_user(stage.scope.context(), user, seed).recurse(true);
            let crawl = if let Some(most) = most { crawl.max_children(most) } else { crawl };
            stage.scope.begin(crawl.send(), stop).await?
        } else {
            let crawl = spider.scan(seed).recurse(true).context_name(stage.scope.name());
            let crawl = if let Some(most) = most { crawl.max_children(most) } else { crawl };
            stage.scope.begin(crawl.send(), stop).await?
        };
        let ended = self.end_of(CRAWL, self.zap.watch_spider(crawl), stage).await;
        // What it saw counts even if it did not come to its end, and then that is what is told.
        let seen = self.look_back_at(crawl, found).await;
        let ended = ended?;
        if ended == Ended::Finished {
            seen?;
        }
        Ok(ended)
    }

    async fn browse(&self, crawler: BrowserCrawler, stage: &mut Stage) -> Result<(), Shortfall> {
        let root = root(self.request.target.origin())?;
        let (name, user) = (stage.scope.name(), stage.session.as_ref().and_then(Session::user_name));
        match crawler {
            BrowserCrawler::Ajax => {
                let ajax = self.zap.ajax_spider();
                let stop = |zap: &ZapClient, ()| zap.ajax_spider().stop();
                match user {
                    Some(user) => {
                        let crawl = ajax.scan_as_user(name, user, &root);
                        stage.scope.begin(crawl.send(), stop).await?;
                    }
                    None => {
                        let crawl = ajax.scan(&root).context_name(name);
                        stage.scope.begin(crawl.send(), stop).await?;
                    }
                }
                self.wait("the crawl by the AJAX spider", self.zap.watch_ajax_spider(), stage).await
            }
            BrowserCrawler::Client => {
                let crawl = self.zap.client_spider().scan(&root).context_name(name);
                let crawl = if let Some(user) = user { crawl.user_name(user) } else { crawl };
                let stop = |zap: &ZapClient, crawl| zap.client_spider().stop(crawl);
                let crawl = stage.scope.begin(crawl.send(), stop).await?;
                self.wait("the crawl by the client spider", self.zap.watch_client_spider(crawl), stage).await
            }
        }
    }

    /// Has ZAP run a plan to its end.
    async fn run_plan(&self, plan: &str, stage: &mut Stage, found: &mut Found) -> Result<(), Shortfall> {
        // What it is to do: ZAP does not say what it left out.
        let jobs = jobs(plan).map_err(|error| {
            Shortfall::new(Cause::EngineError, format!("the plan cannot be read: {error}"))
        })?;
        let path = self.upload("yaml", plan, stage).await?;
        let (zap, text) = (self.zap.clone(), plan.to_owned());
        let before = zap.context().contexts().send().await?;
        stage.scope.undo(move || async move { remove_contexts(&zap, &text, &before).await });
        let plan = self.zap.automation().run_plan(&path).send();
        let plan = stage.scope.begin(plan, |zap, plan| zap.automation().stop_plan(plan)).await;
        let plan = plan.map_err(|error| {
            Shortfall::new(Cause::EngineError, format!("ZAP cannot run the plan: {}", told(&error)))
        })?;
        let ended = self.wait("the plan", self.zap.watch_plan(plan, jobs), stage).await;
        // What it saw counts even if it did not come to its end.
        self.look_back(found).await?;
        ended?;
        found.warned("the plan", &self.zap.automation().plan_progress(plan).send().await?.warnings);
        Ok(())
    }

    /// What the spider saw in one of its crawls.
    async fn look_back_at(&self, crawl: SpiderScanId, found: &mut Found) -> Result<(), ZapError> {
        found.sight.take(self.zap.spider().full_results(crawl).send().await?);
        self.progress.send_modify(|progress| found.sight.tell(progress));
        Ok(())
    }

    /// What ZAP has asked of the target during this scan, by whatever means, but for attacks. Gives the last of it.
    async fn look_back(&self, found: &mut Found) -> Result<Option<MessageId>, Shortfall> {
        let origin = self.request.target.origin();
        let search = self.zap.search().urls_by_url(&pattern(origin)).base(&root(origin)?);
        let mut last = None;
        for message in search.send().await? {
            last = last.max(Some(message.message));
            // The first message was ours, to see whether anybody is there.
            if found.first.is_none_or(|first| message.message > first) {
                found.sight.note_message(message);
            }
        }
        self.progress.send_modify(|progress| found.sight.tell(progress));
        Ok(last)
    }
}

/// Removes the contexts that a plan names, but those that were there before. Somebody else may have made others meanwhile.
async fn remove_contexts(zap: &ZapClient, plan: &str, before: &[String]) -> Result<(), ZapError> {
    for name in zap.context().contexts().send().await? {
        if plan.contains(&name) && !before.contains(&name) {
            unless_absent(zap.context().remove_context(&name).send().await)?;
        }
    }
    Ok(())
}
