//! The index of what is to be scanned in a cluster: how long it takes to build, and what an update costs.

mod cluster;

use std::time::Duration;

use anyhow::{Result, ensure};
use dast_core::discovery::{Changes, Index};

use crate::heap;
use crate::memory::kib;
use crate::options::Options;
use crate::table::{Goal, Row, Table};
use crate::timing::{Samples, Stopwatch, interleave, slope};
use cluster::Cluster;

/// Services of the largest cluster. Each has three EndpointSlices and five pods.
const MOST: u32 = 10_000;
const SIZES: [u32; 5] = [100, 300, 1_000, 3_000, MOST];
/// How many updates one turn makes.
const UPDATES: u32 = 500;

const BUILD_WITHIN: Duration = Duration::from_millis(1500);
const UPDATE_WITHIN: Duration = Duration::from_micros(20);

/// From lists of everything to an index.
pub(crate) fn building(options: &Options, table: &mut Table) -> Result<()> {
    eprintln!("building: an index of {MOST} Services");
    let cluster = Cluster::new(MOST);
    let turn = || {
        let lists = cluster.lists();
        let mut index = Index::default();
        let start = Stopwatch::start();
        lists.tell(&mut index);
        let elapsed = start.elapsed();
        ensure!(index.targets().iter().filter(|target| target.is_scannable()).count() == MOST as usize);
        Ok(elapsed)
    };
    let [ours] = interleave(options.rounds(11), [&mut { turn }])?;
    let median = ours.median()?;
    table.push(Row {
        what: format!("build an index of {MOST} Services, {} EndpointSlices, {} pods", 3 * MOST, 5 * MOST),
        ours: ours.to_string(),
        peer: "–".to_owned(),
        ratio: None,
        goal: Goal::Judged(format!("< {BUILD_WITHIN:?}"), median < BUILD_WITHIN),
    });
    let (tenth, all) = (live(MOST / 10), live(MOST));
    table.push(Row {
        what: "live heap of that index, beside a tenth of the cluster".to_owned(),
        ours: kib(all),
        peer: kib(tenth),
        ratio: Some(all as f64 / tenth as f64),
        goal: Goal::None,
    });
    Ok(())
}

/// What an index has in use at most while it is told of one object after the other.
fn live(services: u32) -> usize {
    let cluster = Cluster::new(services);
    let (_index, peak) = heap::peak_of(|| {
        let mut index = Index::default();
        cluster.tell(&mut index);
        index
    });
    peak
}

/// What an update costs in clusters of different sizes.
pub(crate) fn updating(options: &Options, table: &mut Table) -> Result<()> {
    for (what, update) in [
        ("a pod runs another image", Cluster::update_pod as Update),
        ("a pod is no longer ready", Cluster::update_slice),
        ("a Service has another selector", Cluster::update_service),
    ] {
        eprintln!("updating: {what}, {SIZES:?} Services");
        let [mut a, mut b, mut c, mut d, mut e] = SIZES.map(|size| turn(size, update));
        let samples = interleave(options.rounds(51), [&mut a, &mut b, &mut c, &mut d, &mut e])?;
        rows(what, &samples, table)?;
    }
    Ok(())
}

/// Changes one object and gives how long it took to tell the index, with what changed by it.
type Update = fn(&mut Cluster, &mut Index) -> (Duration, Changes);

/// A turn that makes many updates, and says how long one took.
fn turn(size: u32, update: Update) -> impl FnMut() -> Result<Duration> {
    let mut cluster = Cluster::new(size);
    let mut index = Index::default();
    cluster.lists().tell(&mut index);
    move || {
        let mut total = Duration::ZERO;
        for _ in 0..UPDATES {
            let (took, changes) = update(&mut cluster, &mut index);
            ensure!(changes.targets.len() == 1, "an update changes its target");
            total += took;
        }
        Ok(total / UPDATES)
    }
}

fn rows(what: &str, samples: &[Samples; 5], table: &mut Table) -> Result<()> {
    let mut points = Vec::new();
    for (size, samples) in SIZES.iter().zip(samples) {
        points.push((f64::from(*size).ln(), samples.median()?.as_secs_f64().ln()));
    }
    let [smallest, .., largest] = samples;
    table.push(Row {
        what: format!("{what}, in a cluster of {MOST} Services"),
        ours: largest.to_string(),
        peer: "–".to_owned(),
        ratio: None,
        goal: Goal::Judged(format!("< {UPDATE_WITHIN:?}"), largest.median()? < UPDATE_WITHIN),
    });
    table.push(Row {
        what: format!("the same from {} to {MOST} Services: slope of log time over log Services", SIZES[0]),
        ours: largest.to_string(),
        peer: smallest.to_string(),
        ratio: Some(slope(&points)),
        goal: Goal::AtMost(0.1),
    });
    Ok(())
}
