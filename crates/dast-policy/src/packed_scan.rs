//! A scan in little memory.

use jiff::Timestamp;
use smallvec::SmallVec;

use crate::knowledge::Expected;
use crate::origin::Origin;
use crate::packed::{Numbers, Texts, Writer};
use crate::scan::{Authentication, Cause, Completion, Coverage, Engine, Scan};
use crate::subject::{Exposure, Profile, Revision, Subject, identity};

/// Packs all that is known of a scan, but its origin.
pub(crate) fn write<'t>(scan: &'t Scan, writer: &mut Writer<'t>) {
    let Scan { subject, revision, profile, engine, .. } = scan;
    let Scan { started, ended, completion, coverage, authentication, .. } = scan;
    writer.text(&subject.target);
    writer.number(subject.covered.len() as u64);
    for place in &subject.covered {
        writer.text(&place.host);
        writer.text(&place.path);
    }
    writer.optional_text(revision.as_ref().map(Revision::as_str));
    for text in [&profile.name, &profile.hash, &engine.name, &engine.version, &engine.rule_set] {
        writer.text(text);
    }
    writer.number(u64::from(engine.passive));
    for time in [started, ended] {
        writer.number(time.as_second().cast_unsigned());
        writer.number(u64::from(time.subsec_nanosecond().cast_unsigned()));
    }
    for number in [coverage.pages, coverage.failed, coverage.skipped] {
        writer.number(number);
    }
    writer.place(authentication, &Authentication::ALL);
    writer.number(u64::from(*completion != Completion::Complete));
    if let Completion::Incomplete { cause, detail } = completion {
        writer.place(cause, &Cause::ALL);
        writer.text(detail);
    }
}

/// A scan as it lies packed.
#[derive(Debug)]
pub(crate) struct PackedScan<'s> {
    target: &'s str,
    pub(crate) origin: &'s Origin,
    /// Hosts and paths.
    pub(crate) covered: SmallVec<[(&'s str, &'s str); 8]>,
    pub(crate) revision: Option<&'s str>,
    pub(crate) profile: &'s str,
    pub(crate) profile_hash: &'s str,
    pub(crate) engine: &'s str,
    engine_version: &'s str,
    rule_set: &'s str,
    passive: bool,
    started: Timestamp,
    pub(crate) ended: Timestamp,
    /// What kept it from its end, and the same in the words of whoever noticed.
    pub(crate) incomplete: Option<(Cause, &'s str)>,
    pub(crate) coverage: Coverage,
    pub(crate) authentication: Authentication,
}

impl<'s> PackedScan<'s> {
    pub(crate) fn read(origin: &'s Origin, numbers: &mut Numbers<'s>, texts: &Texts<'s>) -> Option<Self> {
        Some(Self {
            target: texts.next(numbers)?,
            origin,
            covered: (0..numbers.number()?)
                .map(|_| Some((texts.next(numbers)?, texts.next(numbers)?)))
                .collect::<Option<_>>()?,
            revision: match numbers.optional()? {
                None => None,
                Some(number) => Some(texts.get(usize::try_from(number).ok()?)?),
            },
            profile: texts.next(numbers)?,
            profile_hash: texts.next(numbers)?,
            engine: texts.next(numbers)?,
            engine_version: texts.next(numbers)?,
            rule_set: texts.next(numbers)?,
            passive: numbers.number()? != 0,
            started: time(numbers)?,
            ended: time(numbers)?,
            coverage: Coverage {
                pages: numbers.number()?,
                failed: numbers.number()?,
                skipped: numbers.number()?,
            },
            authentication: numbers.one_of(&Authentication::ALL)?,
            incomplete: match numbers.number()? {
                0 => None,
                _ => Some((numbers.one_of(&Cause::ALL)?, texts.next(numbers)?)),
            },
        })
    }

    /// What stands for a scan that cannot be read: it did not come to its end.
    pub(crate) fn unread(origin: &'s Origin) -> Self {
        Self {
            target: "",
            origin,
            covered: SmallVec::new(),
            revision: None,
            profile: "",
            profile_hash: "",
            engine: "",
            engine_version: "",
            rule_set: "",
            passive: false,
            started: Timestamp::MIN,
            ended: Timestamp::MIN,
            incomplete: Some((Cause::EngineError, "what it said of itself cannot be read")),
            coverage: Coverage::default(),
            authentication: Authentication::Lost,
        }
    }

    /// Why it is of something else than is expected, if it is. Another revision may be excused.
    pub(crate) fn is_of_something_else(
        &self,
        expected: &Expected,
        is_excused: impl FnOnce() -> bool,
    ) -> Option<String> {
        if let Some(origin) = &expected.origin
            && self.origin != origin
        {
            return Some(format!("`{}` was scanned, but this is `{origin}`", self.origin));
        }
        if let Some(revision) = &expected.revision
            && self.revision != Some(revision.as_str())
            && !is_excused()
        {
            let scanned = self.revision.unwrap_or("none");
            return Some(format!("revision `{scanned}` was scanned, but `{}` runs", revision.as_str()));
        }
        if let Some(profile) = &expected.profile
            && (self.profile != profile.name || self.profile_hash != identity(&profile.hash))
        {
            let (scanned, name) = (self.profile, &profile.name);
            return Some(format!(
                "it was scanned with other settings (`{scanned}`) than it is to be now (`{name}`)"
            ));
        }
        None
    }

    /// The scan, made anew.
    pub(crate) fn scan(&self) -> Scan {
        let covered = self.covered.iter();
        let incomplete =
            |(cause, detail): (Cause, &str)| Completion::Incomplete { cause, detail: detail.to_owned() };
        Scan {
            subject: Subject {
                target: self.target.to_owned(),
                origin: self.origin.clone(),
                covered: covered
                    .map(|(host, path)| Exposure { host: (*host).to_owned(), path: (*path).to_owned() })
                    .collect(),
            },
            revision: self.revision.map(Revision::new),
            profile: Profile { name: self.profile.to_owned(), hash: self.profile_hash.to_owned() },
            engine: Engine {
                name: self.engine.to_owned(),
                version: self.engine_version.to_owned(),
                rule_set: self.rule_set.to_owned(),
                passive: self.passive,
            },
            started: self.started,
            ended: self.ended,
            completion: self.incomplete.map_or(Completion::Complete, incomplete),
            coverage: self.coverage,
            authentication: self.authentication,
        }
    }
}

fn time(numbers: &mut Numbers<'_>) -> Option<Timestamp> {
    let (seconds, nanoseconds) = (numbers.number()?.cast_signed(), numbers.number()?);
    Timestamp::new(seconds, u32::try_from(nanoseconds).ok()?.cast_signed()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan() -> Scan {
        Scan {
            subject: Subject {
                target: "shop/web:http".to_owned(),
                origin: "https://shop.test:8443".parse().unwrap(),
                covered: vec![Exposure::new("shop.test", "/"), Exposure::new("shop.test", "/a")],
            },
            revision: Some(Revision::new("7")),
            profile: Profile { name: "full".to_owned(), hash: "7".to_owned() },
            engine: Engine {
                name: "zap".to_owned(),
                version: "2".to_owned(),
                rule_set: String::new(),
                passive: true,
            },
            started: Timestamp::MIN,
            ended: Timestamp::MAX,
            completion: Completion::Complete,
            coverage: Coverage { pages: u64::MAX, failed: 1, skipped: 0 },
            authentication: Authentication::Held,
        }
    }

    fn read(scan: &Scan) -> Scan {
        let mut writer = Writer::default();
        write(scan, &mut writer);
        let packed = writer.finish();
        let (mut numbers, texts) = packed.read();
        PackedScan::read(&scan.subject.origin, &mut numbers, &texts).unwrap().scan()
    }

    #[test]
    fn what_is_known_of_a_scan_is_what_is_there() {
        let mut scan = scan();
        assert_eq!(read(&scan), scan);
        (scan.revision, scan.subject.covered) = (None, Vec::new());
        for (cause, authentication) in Cause::ALL.into_iter().zip(Authentication::ALL.into_iter().cycle()) {
            scan.completion = Completion::Incomplete { cause, detail: "zap".to_owned() };
            scan.authentication = authentication;
            (scan.started, scan.ended) = ("1969-12-31T23:59:59.9Z".parse().unwrap(), Timestamp::UNIX_EPOCH);
            assert_eq!(read(&scan), scan);
        }
    }
}
