//! The index of what is to be scanned in a cluster: how long it takes to build, and what an update costs.

mod cluster;

use std::time::Duration;

use anyhow::{Result, ensure};
use dast_core::discovery::{Changes, Index};

use crate::heap;
use crate::memory::kib;
use crate::options::Options;
use crate::table::{Goal, Row, Table};
use crate::timing::{Stopwatch, interleave, slope};
use cluster::Cluster;

/// Services of the largest cluster. Each has three EndpointSlices and five pods.
const MOST: u32 = 10_000;
/// Around it. What is much smaller fits into the processor's caches, and would say more about them than about the index.
const SIZES: [u32; 5] = [1_000, 2_000, 5_000, MOST, 20_000];
/// How many updates one turn makes.
const UPDATES: usize = 500;

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
    let mut whole = [const { Duration::ZERO }; SIZES.len()];
    for (what, kind) in [
        ("a pod runs another image", Kind { before: |_, _, _| (), make: Cluster::other_image }),
        ("a pod is no longer ready", Kind { before: Cluster::own_image, make: Cluster::not_ready }),
        ("a Service has another selector", Kind { before: |_, _, _| (), make: Cluster::other_selector }),
    ] {
        eprintln!("updating: {what}, {SIZES:?} Services");
        let [mut a, mut b, mut c, mut d, mut e] = SIZES.map(|size| turn(size, kind));
        let samples = interleave(options.rounds(51), [&mut a, &mut b, &mut c, &mut d, &mut e])?;
        for (whole, samples) in whole.iter_mut().zip(&samples) {
            *whole += samples.median()?;
        }
        let [smallest, .., usual, _] = &samples;
        table.push(Row {
            what: format!("{what}, in a cluster of {MOST} Services, beside {}", SIZES[0]),
            ours: usual.to_string(),
            peer: smallest.to_string(),
            ratio: None,
            goal: Goal::Judged(format!("< {UPDATE_WITHIN:?}"), usual.median()? < UPDATE_WITHIN),
        });
    }
    let points =
        SIZES.iter().zip(&whole).map(|(size, whole)| (f64::from(*size).ln(), whole.as_secs_f64().ln()));
    let ([first, .., last], [shortest, .., longest]) = (SIZES, whole);
    table.push(Row {
        what: format!("all three from {first} to {last} Services: slope of log time over log Services"),
        ours: format!("{longest:.2?}"),
        peer: format!("{shortest:.2?}"),
        ratio: Some(slope(&points.collect::<Vec<_>>())),
        goal: Goal::AtMost(0.1),
    });
    Ok(())
}

/// A kind of updates.
#[derive(Clone, Copy)]
struct Kind {
    /// What has to be so of all chosen Services before any is updated.
    before: fn(&mut Cluster, &mut Index, u32),
    /// Makes an object of a chosen Service, and what it takes to tell the index of it.
    make: fn(&mut Cluster, u32) -> Update,
}

type Update = Box<dyn FnOnce(&mut Index) -> Changes>;

/// A turn that makes many updates, each of another Service, and says how long one took.
fn turn(size: u32, Kind { before, make }: Kind) -> impl FnMut() -> Result<Duration> {
    let mut cluster = Cluster::new(size);
    let mut index = Index::default();
    cluster.tell(&mut index);
    move || {
        let chosen = cluster.choose(UPDATES);
        chosen.iter().for_each(|number| before(&mut cluster, &mut index, *number));
        let mut total = Duration::ZERO;
        for number in chosen {
            // An object is told of just after it came, so that it is made just before.
            let update = make(&mut cluster, number);
            let start = Stopwatch::start();
            let changes = update(&mut index);
            total += start.elapsed();
            ensure!(changes.targets.len() == 1, "an update changes its target");
        }
        Ok(total / u32::try_from(UPDATES)?)
    }
}
