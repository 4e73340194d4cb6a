//! Does an executor keep its contract, C1 to C13 ([`netsession_backends::executor`])? Played on every executor, by hand.
//!
//! Every event of every law here is judged by all rules ([`crate::contract`]); each law brings about what its rule speaks of, and
//! looks at the system.

use super::stage::id;
use crate::adoption;
use crate::lab::{Bench, Death, Deed, Outcome};
use crate::rig::{AWAY, FAILING, FOUND_UP, HANGING, Place, Rig, Trouble, USABLE};
use netsession_backends::executor::{Event, Executor};
use netsession_fsm::hub::{LinkReport, Report};
use netsession_fsm::words::ConfigurationState::{Active, Discovered};
use netsession_fsm::words::{AccessPointId, Cause};
use std::time::Duration;

type Hands = Bench<Box<dyn Executor>>;

const FIRST: AccessPointId = AccessPointId(0);
const SECOND: AccessPointId = AccessPointId(1);

/// An executor in its surroundings, driven by hand.
struct Post<R: Rig> {
    rig: R,
    found: R::Found,
    bench: Hands,
    access_points: Vec<AccessPointId>,
}

impl<R: Rig> Post<R> {
    async fn new(ground: R::Ground, places: &[Place]) -> Result<Self, Trouble> {
        let rig = R::build(ground, places).await?;
        let found = rig.found().await?;
        let access_points: Vec<_> = (0..places.len()).map(id).collect();
        let mut bench = Bench::new(rig.maker()()?, access_points.iter().copied()).await?;
        for (place, access_point) in places.iter().zip(&access_points) {
            let fits = |link: &LinkReport| match place {
                Place { away: true, .. } => link.state < Discovered,
                Place { found_up: true, .. } => link.state == Active,
                Place { .. } => link.state == Discovered,
            };
            bench.stands("how it was found", *access_point, fits).await?;
        }
        Ok(Self { rig, found, bench, access_points })
    }

    /// Ends the executor; everything is as it was found.
    async fn finish(self) -> Outcome {
        self.bench.shut_down().await?;
        self.rig.becomes(&self.found).await
    }

    /// Waits until the default route goes through a place.
    async fn routes(&self, through: Option<usize>) -> Outcome {
        const TRIES: u32 = 400;
        for _ in 0..TRIES {
            if self.rig.default_route().await? == through {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        Err(format!("the default route does not go through {through:?}").into())
    }

    /// All reports on a link that were no part of a `Resync`.
    fn reports(&self, access_point: AccessPointId) -> Vec<LinkReport> {
        let events = self.bench.events().iter().filter_map(|(_, event)| match event {
            Event::Report(Report::Link(link)) if link.access_point == access_point => Some(*link),
            _ => None,
        });
        events.collect()
    }

    async fn prefer(&mut self, access_point: Option<AccessPointId>) -> Outcome {
        let op = self.bench.prefer(access_point);
        self.bench.route(op).await?.map_err(|cause| format!("the switch to {access_point:?} was refused: {cause:?}").into())
    }
}

/// A link that was lost by its cable.
fn lost(link: &LinkReport) -> bool {
    link.state < Discovered
}

/// C1 · every report is the whole state of its link: state, newest finished operation, cause.
pub async fn c1_a_report_is_the_whole_state<R: Rig>(ground: R::Ground) -> Outcome {
    let mut post = Post::<R>::new(ground, &[USABLE]).await?;
    let op = post.bench.raise(FIRST);
    let link = post.bench.done(FIRST, op).await?;
    assert_eq!((link.state, link.done, link.cause), (Active, op, Cause::Unknown));
    post.rig.cut(0).await?;
    let link = post.bench.stands("the loss", FIRST, lost).await?;
    assert_eq!((link.done, link.cause), (op, Cause::CarrierLost), "the operation that was finished last is still told");
    post.rig.mend(0).await?;
    // it may come up again by itself
    let link = post.bench.stands("the return", FIRST, |link| link.state >= Discovered).await?;
    assert_eq!(link.done, op);
    post.finish().await
}

/// C2 · the generation of a link's reports strictly grows.
pub async fn c2_generations_grow<R: Rig>(ground: R::Ground) -> Outcome {
    let mut post = Post::<R>::new(ground, &[USABLE, USABLE]).await?;
    for access_point in [FIRST, SECOND, FIRST] {
        post.bench.up(access_point).await?;
        let op = post.bench.lower(access_point);
        post.bench.done(access_point, op).await?;
    }
    for access_point in [FIRST, SECOND] {
        let generations: Vec<_> = post.reports(access_point).iter().map(|link| link.generation).collect();
        assert!(generations.len() >= 2 && generations.is_sorted_by(|before, after| before < after), "{generations:?}");
    }
    post.finish().await
}

/// C3 · an operation is reported done only when its effect is true on the system.
pub async fn c3_done_is_told_when_it_is_true<R: Rig>(ground: R::Ground) -> Outcome {
    let mut post = Post::<R>::new(ground, &[USABLE]).await?;
    for _ in 0..2 {
        let op = post.bench.raise(FIRST);
        assert_eq!(post.bench.done(FIRST, op).await?.state, Active);
        assert!(post.rig.is_up(0).await?, "told before it was up");
        let op = post.bench.lower(FIRST);
        assert_eq!(post.bench.done(FIRST, op).await?.state, Discovered);
        assert!(!post.rig.is_up(0).await?, "told before it was down");
    }
    post.finish().await
}

/// C4 · every command is covered by done, commands on one link are carried out in order, a `Lower` cancels a `Raise` under way.
pub async fn c4_commands_are_done_in_order_and_a_lower_cancels<R: Rig>(ground: R::Ground) -> Outcome {
    let mut post = Post::<R>::new(ground, &[HANGING, USABLE]).await?;
    post.bench.raise(FIRST);
    let op = post.bench.lower(FIRST);
    assert_eq!(post.bench.done(FIRST, op).await?.state, Discovered);
    post.bench.raise(SECOND);
    post.bench.lower(SECOND);
    let op = post.bench.raise(SECOND);
    assert_eq!(post.bench.done(SECOND, op).await?.state, Active);
    assert!(post.rig.is_up(1).await? && !post.rig.is_up(0).await?);
    post.finish().await
}

/// C5 · `Raise` of a link that is already Active changes nothing on it and is done at once.
pub async fn c5_a_raise_of_what_is_up_changes_nothing<R: Rig>(ground: R::Ground) -> Outcome {
    let mut post = Post::<R>::new(ground, &[FOUND_UP]).await?;
    let before = post.reports(FIRST).len();
    let op = post.bench.raise(FIRST);
    assert_eq!(post.bench.done(FIRST, op).await?.state, Active);
    post.rig.becomes(&post.found).await?;
    assert!(post.reports(FIRST)[before..].iter().all(|link| link.state == Active), "{:?}", post.reports(FIRST));
    post.finish().await
}

/// C6 · a link that was Active before the first `Raise` is left as found, unless a `Lower` says otherwise.
pub async fn c6_what_was_up_is_left_as_found<R: Rig>(ground: R::Ground) -> Outcome {
    let mut post = Post::<R>::new(ground, &[FOUND_UP]).await?;
    let op = post.bench.raise(FIRST);
    post.bench.done(FIRST, op).await?;
    post.bench.shut_down().await?;
    assert!(post.rig.is_up(0).await?);
    post.rig.becomes(&post.found).await?;
    let mut second: Hands = Bench::new(post.rig.maker()()?, post.access_points).await?;
    second.stands("how it was found", FIRST, |link| link.state == Active).await?;
    let op = second.lower(FIRST);
    assert_eq!(second.done(FIRST, op).await?.state, Discovered);
    // and back (C12)
    second.shut_down().await?;
    post.rig.becomes(&post.found).await
}

/// C7 · every change of a link's state is reported, none twice.
pub async fn c7_every_change_is_told_once<R: Rig>(ground: R::Ground) -> Outcome {
    let mut post = Post::<R>::new(ground, &[USABLE]).await?;
    let before = post.reports(FIRST).len();
    post.bench.up(FIRST).await?;
    post.rig.cut(0).await?;
    post.bench.stands("the loss", FIRST, lost).await?;
    post.rig.mend(0).await?;
    post.bench.stands("the return", FIRST, |link| link.state >= Discovered).await?;
    let op = post.bench.lower(FIRST);
    post.bench.done(FIRST, op).await?;
    post.bench.up(FIRST).await?;
    post.rig.take_down(0).await?;
    post.bench.becomes(FIRST, Discovered, Cause::TakenDown).await?;
    let mut states: Vec<_> = post.reports(FIRST)[before..].iter().map(|link| if lost(link) { None } else { Some(link.state) }).collect();
    states.dedup();
    // it may come up again by itself
    let returned = states.get(2) == Some(&Some(Active));
    let middle: &[_] = if returned { &[Some(Active), Some(Discovered)] } else { &[Some(Discovered)] };
    let expected = [&[Some(Active), None], middle, &[Some(Active), Some(Discovered)]].concat();
    assert_eq!(states, expected, "{:?}", post.reports(FIRST));
    post.finish().await
}

/// C8 · the first word is a `Resync` with every link, and how it stands; one that is up has its carrier told before.
pub async fn c8_the_first_word_has_every_link<R: Rig>(ground: R::Ground) -> Outcome {
    let mut post = Post::<R>::new(ground, &[USABLE, AWAY, FOUND_UP]).await?;
    let refresh = post.bench.refresh();
    let ended = |event: &Event| matches!(event, Event::Report(Report::Refreshed { op, .. }) if *op == refresh).then_some(());
    post.bench.until("the end of the scan", ended).await?;
    assert_eq!(post.bench.resyncs(), 1, "{:?}", post.bench.events());
    let states = post.access_points.iter().map(|id| post.bench.link(*id).map(|link| link.state)).collect::<Vec<_>>();
    assert!(matches!(states[..], [Some(Discovered), Some(away), Some(Active)] if away < Discovered), "{states:?}");
    let carrier = post.bench.carrier(AccessPointId(2)).ok_or("the link that is up has no carrier")?;
    assert_eq!(carrier.interface, post.rig.interface(2));
    post.finish().await
}

/// C9 · if the daemon is lost: `Gone` once, then nothing but the `Resync` that says it is back.
pub async fn c9_a_daemon_that_is_gone_is_told_once<R: Rig>(ground: R::Ground) -> Outcome {
    let mut post = Post::<R>::new(ground, &[USABLE]).await?;
    post.bench.up(FIRST).await?;
    let gone = |event: &Event| matches!(event, Event::Report(Report::Gone { .. })).then_some(());
    let back = |event: &Event| matches!(event, Event::Report(Report::Resync { .. })).then_some(());
    post.rig.kill_daemon().await?;
    post.bench.until("Gone", gone).await?;
    post.rig.start_daemon().await?;
    post.bench.until("the Resync", back).await?;
    // in reach again, whatever became of its link
    post.bench.stands("the return", FIRST, |link| link.state >= Discovered).await?;
    let op = post.bench.lower(FIRST);
    assert_eq!(post.bench.done(FIRST, op).await?.state, Discovered);
    assert_eq!(post.bench.events().iter().filter(|(_, event)| gone(event).is_some()).count(), 1);
    post.finish().await
}

/// C10 · a raised link does not take over the default route; only `Prefer` moves it.
pub async fn c10_only_prefer_moves_the_default_route<R: Rig>(ground: R::Ground) -> Outcome {
    let mut post = Post::<R>::new(ground, &[USABLE, FOUND_UP]).await?;
    let before = post.rig.default_route().await?;
    let carrier = post.bench.up(FIRST).await?;
    assert_eq!(carrier.interface, post.rig.interface(0));
    assert_eq!(post.rig.default_route().await?, before);
    post.prefer(Some(FIRST)).await?;
    assert_eq!(post.rig.default_route().await?, Some(0), "when it is confirmed");
    post.prefer(None).await?;
    assert_eq!(post.rig.default_route().await?, before);
    post.finish().await
}

/// C10 · a new `Prefer` supersedes the ones before it; only the newest is answered.
pub async fn c10_only_the_newest_prefer_is_answered<R: Rig>(ground: R::Ground) -> Outcome {
    let mut post = Post::<R>::new(ground, &[USABLE, FOUND_UP]).await?;
    post.bench.up(FIRST).await?;
    let superseded = post.bench.prefer(Some(SECOND));
    post.prefer(Some(FIRST)).await?;
    assert_eq!(post.rig.default_route().await?, Some(0));
    let answered =
        post.bench.events().iter().any(|(_, event)| matches!(event, Event::Report(Report::Route { op, .. }) if *op == superseded));
    assert!(!answered, "{superseded} was superseded");
    post.finish().await
}

/// C10 · a preferred link that leaves Active is preferred no more: when it is up again, it waits for the next `Prefer`.
pub async fn c10_a_preferred_link_that_was_lost_waits<R: Rig>(ground: R::Ground) -> Outcome {
    let mut post = Post::<R>::new(ground, &[USABLE, FOUND_UP]).await?;
    let before = post.rig.default_route().await?;
    post.bench.up(FIRST).await?;
    post.prefer(Some(FIRST)).await?;
    post.rig.take_down(0).await?;
    post.bench.becomes(FIRST, Discovered, Cause::TakenDown).await?;
    post.routes(before).await?;
    post.bench.up(FIRST).await?;
    assert_eq!(post.rig.default_route().await?, before);
    post.prefer(Some(FIRST)).await?;
    assert_eq!(post.rig.default_route().await?, Some(0));
    post.finish().await
}

/// C10 · the same for one whose cable is cut, however much the system keeps of it.
pub async fn c10_a_preferred_link_that_was_cut_waits<R: Rig>(ground: R::Ground) -> Outcome {
    let mut post = Post::<R>::new(ground, &[USABLE, FOUND_UP]).await?;
    let before = post.rig.default_route().await?;
    post.bench.up(FIRST).await?;
    post.prefer(Some(FIRST)).await?;
    post.rig.cut(0).await?;
    post.bench.stands("the loss", FIRST, lost).await?;
    post.routes(before).await?;
    post.rig.mend(0).await?;
    // it may come up again by itself
    post.bench.stands("the return", FIRST, |link| link.state >= Discovered).await?;
    assert_eq!(post.rig.default_route().await?, before);
    post.finish().await
}

/// C11 · a failed `Raise` leaves nothing behind.
pub async fn c11_a_raise_that_fails_leaves_nothing<R: Rig>(ground: R::Ground) -> Outcome {
    let mut post = Post::<R>::new(ground, &[FAILING]).await?;
    let op = post.bench.raise(FIRST);
    let link = post.bench.done(FIRST, op).await?;
    assert_eq!((link.state, link.cause), (Discovered, R::FAILS));
    post.rig.becomes(&post.found).await?;
    post.finish().await
}

/// C11 · a cancelled `Raise`, and a `Lower`, leave nothing behind.
pub async fn c11_a_cancelled_raise_leaves_nothing<R: Rig>(ground: R::Ground) -> Outcome {
    let mut post = Post::<R>::new(ground, &[HANGING, USABLE]).await?;
    post.bench.raise(FIRST);
    post.bench.up(SECOND).await?;
    for access_point in [FIRST, SECOND] {
        let op = post.bench.lower(access_point);
        post.bench.done(access_point, op).await?;
    }
    post.rig.becomes(&post.found).await?;
    post.finish().await
}

/// C12 · `shutdown` puts everything back as found, also in the middle of anything; every command is covered.
pub async fn c12_shutdown_puts_everything_back<R: Rig>(ground: R::Ground) -> Outcome {
    let mut post = Post::<R>::new(ground, &[USABLE, HANGING]).await?;
    post.bench.up(FIRST).await?;
    post.prefer(Some(FIRST)).await?;
    post.bench.raise(SECOND);
    post.finish().await
}

/// Both links are up, the first is preferred.
const BOTH: Deed<Box<dyn Executor>> = |bench| {
    Box::pin(async {
        bench.up(FIRST).await?;
        bench.up(SECOND).await?;
        let op = bench.prefer(Some(FIRST));
        bench.route(op).await?.map_err(|cause| format!("{cause:?}").into())
    })
};

/// C13 · links of a process that was killed carry on without a gap; a `Lower` puts them back as the earlier process found them.
pub async fn c13_links_of_a_killed_one_are_taken_over<R: Rig>(ground: R::Ground) -> Outcome {
    let rig = R::build(ground, &[USABLE, USABLE]).await?;
    let found = rig.found().await?;
    let maker = rig.maker();
    let ground = adoption::Ground { make: move || maker(), access_points: vec![FIRST, SECOND] };
    let last = ground.live(BOTH, Death::Done).await?;
    assert!(rig.is_up(0).await? && rig.is_up(1).await?, "a process that is killed leaves links as they are");
    let (mut bench, _kept) = ground.adopt(ground.left(last.note)).await?;
    for (place, access_point) in [FIRST, SECOND].into_iter().enumerate() {
        assert_eq!(bench.link(access_point).map(|link| link.state), Some(Active), "{:?}", bench.events());
        assert!(rig.is_up(place).await?);
    }
    assert_eq!(rig.default_route().await?, Some(0));
    for access_point in [FIRST, SECOND] {
        let op = bench.lower(access_point);
        assert_eq!(bench.done(access_point, op).await?.state, Discovered);
    }
    rig.becomes(&found).await?;
    bench.shut_down().await?;
    rig.becomes(&found).await
}
