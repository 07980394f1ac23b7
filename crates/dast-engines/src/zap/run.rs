//! One scan by ZAP, from its context to its findings.

use std::pin::pin;

use dast_core::{Collected, Progress, Redactor, ScanError, ScanRequest};
use dast_policy::{Authentication, Cause, Completion, Engine, Exposure};
use dast_zap_client::watch::{Ended, Update, Watch};
use dast_zap_client::{MessageId, ZapClient};
use futures_util::StreamExt;
use tokio::sync::watch;
use tokio::time::{Duration, Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

use super::coverage::Sight;
use super::failure::{Shortfall, not_started};
use super::finding::Findings;
use super::health::{self, Sent};
use super::landmarks::Landmarks;
use super::leftovers::take_over;
use super::memory::Memory;
use super::pace;
use super::place::root;
use super::scope::Scope;
use super::session::{Session, carry};
use super::settings::Settings;
use super::standing::Standing;

/// Time after the deadline in which a stage is still stopped in ZAP.
const STOP_TIME: Duration = Duration::from_secs(6);
/// Time to list what was found when a scan did not come to its end.
const LAST_LOOK: Duration = Duration::from_secs(5);
/// Time to stop what still goes on in ZAP, and to tidy up. With [`STOP_TIME`] and [`LAST_LOOK`] it is less than what whoever
/// waits for a scan allows past its deadline, and without [`STOP_TIME`] less than what they allow after a Ctrl-C.
const TIDY_TIME: Duration = Duration::from_secs(10);
/// The alerts are looked at after so many looks at the attack, at most.
const LOOKS: u32 = 5;
/// Listing alerts is work for ZAP: it may take this part of the time, at most.
const SHARE: u32 = 10;

/// When the login is looked at for the second time.
const EXPLORED: &str = "after the target was explored";

/// Everything that one scan needs.
pub(super) struct Run {
    pub(super) zap: ZapClient,
    pub(super) settings: Settings,
    pub(super) request: ScanRequest,
    pub(super) engine: Engine,
    pub(super) redactor: Redactor,
    pub(super) cancel: CancellationToken,
    pub(super) progress: watch::Sender<Progress>,
    /// When its time is up.
    pub(super) until: Instant,
}

/// What a scan has seen and found so far.
#[derive(Default)]
pub(super) struct Found {
    pub(super) sight: Sight,
    findings: Findings,
    authentication: Authentication,
    /// The rules that the scan had.
    rules: Option<Standing>,
    /// What is missing, though the scan can go on without it.
    lacking: Option<Shortfall>,
    /// The first message of this scan in ZAP's history.
    pub(super) first: Option<MessageId>,
}

impl Found {
    /// Takes note of what is missing; the first counts.
    pub(super) fn lack(&mut self, shortfall: Shortfall) {
        self.lacking.get_or_insert(shortfall);
    }

    /// Takes note of what ZAP warned of: it may have left something out.
    pub(super) fn warned(&mut self, of: &str, warnings: &[String]) {
        if let Some(first) = warnings.first() {
            let detail = format!("ZAP has {} warnings about {of}, first: {first}", warnings.len());
            self.lack(Shortfall::new(Cause::EngineError, detail));
        }
    }

    /// Alerts that are not findings are missing.
    fn readable(&self) -> Result<(), Shortfall> {
        match &self.findings.unreadable {
            None => Ok(()),
            Some((count, first)) => {
                let detail = format!("{count} alerts cannot be read; the first: {first}");
                Err(Shortfall::new(Cause::EngineError, detail))
            }
        }
    }
}

/// What was made ready for a scan in ZAP.
pub(super) struct Stage {
    pub(super) scope: Scope,
    pub(super) session: Option<Session>,
    /// The name of the scan policy, if it is not ZAP's default.
    policy: Option<String>,
}

impl Stage {
    /// What an end of something called `what` comes to.
    pub(super) fn of_end(&mut self, what: &str, ended: &Ended) -> Result<(), Shortfall> {
        if !matches!(ended, Ended::Cancelled | Ended::DeadlineExceeded | Ended::Stalled { .. }) {
            self.scope.ended();
        }
        Shortfall::of_end(what, ended)
    }
}

impl Run {
    /// Scans. What was seen and found until something went wrong is told as well as what went wrong.
    pub(super) async fn run(self) -> Result<Collected, ScanError> {
        let origin = self.request.target.origin();
        let scope = tokio::select! {
            biased;
            () = self.cancel.cancelled() => return Err(ScanError::Cancelled),
            scope = Scope::open(&self.zap, origin, self.settings.memory) => scope.map_err(not_started)?,
        };
        let mut stage = Stage { scope, session: None, policy: None };
        let mut found = Found::default();
        let stages = tokio::select! {
            biased;
            () = self.cancel.cancelled() => Err(self.cancelled()),
            stages = timeout_at(self.until + STOP_TIME, self.stages(&mut stage, &mut found)) => {
                stages.unwrap_or_else(|_| Err(Shortfall::late("ZAP did not answer in time")))
            }
        };
        let stages = match stages {
            // Whatever was found until then is told.
            Err(shortfall) => {
                stage.scope.stop().await;
                let _ = self.list(&stage, Instant::now() + LAST_LOOK, &mut found).await;
                Err(shortfall)
            }
            Ok(()) => found.readable(),
        };
        // A ZAP that hangs does not keep what was found from being told.
        let _ = timeout(TIDY_TIME, stage.scope.close()).await;
        Ok(self.collected(stages, found))
    }

    fn cancelled(&self) -> Shortfall {
        let stage = self.progress.borrow().stage;
        Shortfall::new(Cause::Interrupted, format!("the scan was cancelled while {stage}"))
    }

    async fn stages(&self, stage: &mut Stage, found: &mut Found) -> Result<(), Shortfall> {
        let origin = self.request.target.origin();
        self.doing("preparing");
        let before = health::uncaught_errors(&self.zap).await?;
        self.prepare(stage, found).await?;
        self.check_login(stage, found, "before the scan", false).await?;
        self.doing("exploring");
        self.explore(stage, found).await?;
        found.sight.answered(origin)?;
        let is_logged_in = stage.session.is_some();
        let landmarks = Landmarks::of(&self.zap, origin, &found.sight, is_logged_in).await?;
        let attacks = self.settings.profile.attacks();
        if attacks {
            self.passive(stage).await?;
            self.list(stage, self.until, found).await?;
            self.check_login(stage, found, EXPLORED, false).await?;
            self.doing("attacking");
            let before = Sent::so_far(&self.zap).await?;
            self.attack(stage, found).await?;
            if let Err(shortfall) = Sent::so_far(&self.zap).await?.were_answered_since(before) {
                found.lack(shortfall);
            }
        }
        let there = landmarks.still_stand(&self.zap, origin).await;
        self.passive(stage).await?;
        self.list(stage, self.until, found).await?;
        there?;
        self.check_login(stage, found, if attacks { "after the attack" } else { EXPLORED }, attacks).await?;
        health::no_more_errors(&self.zap, before).await?;
        if self.standing(stage).await? != found.rules {
            let detail = "somebody changed the rules of ZAP meanwhile: leave them alone, and scan again";
            return Err(Shortfall::new(Cause::EngineError, detail));
        }
        found.lacking.take().map_or(Ok(()), Err)
    }

    /// What ZAP was told before, as far as it may do the scan harm.
    async fn standing(&self, stage: &Stage) -> Result<Option<Standing>, Shortfall> {
        let Settings { profile, rules, .. } = &self.settings;
        Standing::read(&self.zap, profile, rules, stage.policy.as_deref()).await
    }

    /// Puts into ZAP what the scan needs there, and makes sure that the target answers.
    async fn prepare(&self, stage: &mut Stage, found: &mut Found) -> Result<(), Shortfall> {
        let Settings { profile, limits, rules, headers, excluded, memory, .. } = &self.settings;
        let (origin, scope) = (self.request.target.origin(), &mut stage.scope);
        scope.fill(excluded).await?;
        take_over(&self.zap, origin, scope.name()).await?;
        pace::apply(&self.zap, limits, origin, scope).await?;
        carry(&self.zap, headers, origin, scope).await?;
        stage.policy = rules.apply(&self.zap, profile.attacks(), scope).await?;
        found.rules = self.standing(stage).await?;
        // It is on in every ZAP that starts, and whether somebody has turned it off, ZAP does not say.
        self.zap.pscan().set_enabled(true).send().await?;
        // Just before: what somebody else asks for in between is taken for known.
        stage.scope.forget(*memory).await?;
        found.first = Some(self.reach().await?);
        // Rules raise nothing twice for a page, so that they had better be done with it before it is asked for again.
        self.passive(stage).await?;
        let (origin, scope) = (self.request.target.origin(), &stage.scope);
        stage.session = Session::open(&self.zap, &self.settings, origin, scope).await?;
        Ok(())
    }

    /// Asks for the first page: ZAP calls a crawl of a target that nobody answers a success. Gives the number of the message,
    /// which is the first of this scan.
    async fn reach(&self) -> Result<MessageId, Shortfall> {
        let origin = self.request.target.origin();
        let seed = self.request.target.seeds().first().cloned().map_or_else(|| root(origin), Ok)?;
        let asked = self.zap.core().access_url(&seed).follow_redirects(false).send().await;
        let messages = asked.map_err(|error| Shortfall::unreached(origin, error))?;
        // Without its number, nobody could tell the alerts of this scan from those of an earlier one.
        let nothing =
            || Shortfall::new(Cause::Unreachable, format!("`{origin}` did not answer ZAP: no message"));
        messages.first().map(|message| message.id).ok_or_else(nothing)
    }

    /// Whether the login holds. An attack uses up sessions, so that afterwards it may be made `anew`.
    async fn check_login(
        &self,
        stage: &Stage,
        found: &mut Found,
        when: &str,
        anew: bool,
    ) -> Result<(), Shortfall> {
        if let Some(session) = &stage.session {
            found.authentication = Authentication::Lost;
            if anew {
                session.renew(&self.zap, &stage.scope).await?;
            }
            found.authentication = session.check(&self.zap, &stage.scope, when).await?;
        }
        Ok(())
    }

    async fn attack(&self, stage: &mut Stage, found: &mut Found) -> Result<(), Shortfall> {
        let root = root(self.request.target.origin())?;
        let (ascan, context, policy) = (self.zap.ascan(), stage.scope.context(), stage.policy.as_deref());
        let stop = |zap: &ZapClient, attack| zap.ascan().stop(attack);
        let attack = if let Some(user) = stage.session.as_ref().and_then(Session::user) {
            let scan = ascan.scan_as_user(&root, context, user).recurse(true);
            let scan = if let Some(policy) = policy { scan.scan_policy_name(policy) } else { scan };
            stage.scope.begin(scan.send(), stop).await?
        } else {
            let scan = ascan.scan(&root).recurse(true).context(context);
            let scan = if let Some(policy) = policy { scan.scan_policy_name(policy) } else { scan };
            stage.scope.begin(scan.send(), stop).await?
        };
        let mut updates = pin!(self.watched(self.zap.watch_active_scan(attack), stage).progress());
        let pause = self.settings.limits.poll.saturating_mul(LOOKS);
        let mut next = Instant::now() + pause;
        while let Some(update) = updates.next().await {
            if let Some(ended) = self.told(update?) {
                stage.of_end("the active scan", &ended)?;
                if let Err(shortfall) = health::rules_ran(&self.zap, attack).await {
                    found.lack(shortfall);
                }
                return Ok(());
            }
            // A ZAP that dies in the middle takes with it what nobody has listed yet. A list that does not come whole is none:
            // what matters is the last one.
            if Instant::now() >= next {
                let began = Instant::now();
                let _ = self.list(stage, began + LAST_LOOK, found).await;
                next = Instant::now() + pause.max(began.elapsed() * SHARE);
            }
        }
        Err(Shortfall::lost("the active scan"))
    }

    /// Waits until the passive rules have looked at everything.
    async fn passive(&self, stage: &mut Stage) -> Result<(), Shortfall> {
        self.doing("looking at answers");
        self.wait("the passive scan", self.zap.watch_passive_queue(), stage).await
    }

    /// Waits for the end of something that is called `what`.
    pub(super) async fn wait(&self, what: &str, watch: Watch, stage: &mut Stage) -> Result<(), Shortfall> {
        let ended = self.end_of(what, watch, stage).await?;
        stage.of_end(what, &ended)
    }

    /// How something ends that is called `what`.
    pub(super) async fn end_of(&self, what: &str, watch: Watch, stage: &Stage) -> Result<Ended, Shortfall> {
        let mut updates = pin!(self.watched(watch, stage).progress());
        while let Some(update) = updates.next().await {
            if let Some(ended) = self.told(update?) {
                return Ok(ended);
            }
        }
        Err(Shortfall::lost(what))
    }

    /// The bounds of whatever is waited for.
    fn watched(&self, watch: Watch, stage: &Stage) -> Watch {
        let limits = &self.settings.limits;
        watch
            .every(limits.poll)
            .deadline(self.until.saturating_duration_since(Instant::now()))
            .stalled_after(limits.stall)
            .tolerate(limits.outage)
            .guarded_by(stage.scope.marker())
    }

    fn doing(&self, stage: &'static str) {
        self.progress.send_modify(|progress| (progress.stage, progress.percent) = (stage, None));
    }

    fn told(&self, update: Update) -> Option<Ended> {
        match update {
            Update::Progress(now) => {
                self.progress.send_modify(|progress| progress.percent = now.percent);
                None
            }
            Update::Ended(ended) => Some(ended),
        }
    }

    /// Lists the alerts of the target anew. They are all there is if ZAP is still the same that scanned.
    async fn list(&self, stage: &Stage, until: Instant, found: &mut Found) -> Result<(), Shortfall> {
        // Nothing was raised by this scan yet, if what was there is to be forgotten.
        if found.first.is_none() && self.settings.memory != Memory::Keep {
            return Ok(());
        }
        // What was raised before is of an earlier scan, if that was forgotten. No number is no sign of age.
        let first = found.first.filter(|_| stage.scope.forgot());
        let is_earlier =
            |message: MessageId| first.is_some_and(|first| (1..first.get()).contains(&message.get()));
        let mut findings = Findings::default();
        let alerts = self.zap.alert().of(&root(self.request.target.origin())?);
        let mut alerts = pin!(alerts.guarded_by(stage.scope.marker()));
        let listed = loop {
            match timeout_at(until, alerts.next()).await {
                Ok(Some(Ok(alert)))
                    if is_earlier(alert.message_id) || self.settings.rules.leave_out(alert.rule) => {}
                Ok(Some(Ok(alert))) => findings.add(&alert, &self.redactor),
                Ok(Some(Err(error))) => break Err(Shortfall::unlisted(error)),
                Ok(None) => break Ok(()),
                Err(_) => break Err(Shortfall::late("the alerts were not listed in time")),
            }
        };
        // A list that broke off is better than none, but no better than one that was whole before.
        if listed.is_ok() || findings.len() > found.findings.len() {
            found.findings = findings;
        }
        let count = u64::try_from(found.findings.len()).unwrap_or(u64::MAX);
        self.progress.send_modify(|progress| progress.findings = count);
        listed
    }

    fn collected(&self, stages: Result<(), Shortfall>, found: Found) -> Collected {
        let origin = self.request.target.origin();
        let visited = |exposure: &&Exposure| found.sight.visited(origin, exposure);
        let covered = self.request.exposures.iter().filter(visited).cloned().collect();
        let coverage = found.sight.coverage();
        let (findings, rules) = found.findings.into_parts();
        let mut engine = self.engine.clone();
        if let Some(rules) = &found.rules {
            engine.rule_set = format!("{}, {}", engine.rule_set, rules.rule_set());
        }
        let completion = stages.err().map_or(Completion::Complete, |shortfall| {
            // What ZAP says of an error may repeat what it was told.
            let Shortfall { cause, detail } = shortfall;
            Completion::Incomplete { cause, detail: self.redactor.text(&detail).into_owned() }
        });
        Collected {
            engine,
            completion,
            coverage,
            authentication: found.authentication,
            covered,
            findings,
            rules,
        }
    }
}
