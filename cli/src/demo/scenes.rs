//! What happens in the demo, scene by scene: an accepted roam, a rejected trial, a cut.

use super::DemoError;
use super::figures::{Cut, Played, Roam, Scene};
use super::report::Check;
use super::stage::{ETHERNET, LTE, MEMBERS, Probed, Stage, WLAN, interface, name};
use super::tap::tap;
use super::timeline::{Lane, Timeline};
use super::transfer::{Moved, Old, Transfer};
use netsession::executor::Carrier;
use netsession::{
    AccessPoint, AccessPointId, Builder, Change, Changes, Client, Mode, Notice, Purpose, Session, SessionOptions, SessionState, Settings,
    Trial,
};
use std::future::Future;
use std::time::{Duration, Instant};
use tokio::time::{sleep, timeout};

/// Anything the session does is over by then.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
/// No cable is plugged for so long before the cut: the kernel tells most losses of carrier once a second.
pub(super) const QUIET: Duration = Duration::from_secs(2);
/// An access point must stay in reach for so long to be offered.
const SETTLE: Duration = Duration::from_millis(100);
/// How long the transfer is watched between what happens.
const WATCH: Duration = Duration::from_millis(300);
/// Putting back takes at most so long.
const PUT_BACK: Duration = Duration::from_secs(5);

/// The client of the demo over a stage.
pub(super) fn client<S: Stage>(stage: &mut S, timeline: &Timeline) -> Result<Builder, DemoError> {
    timeline.say(Lane::Scene, "a session on internet (ethernet before wlan before lte); only lte is in reach");
    let settings = Settings { settle: SETTLE, ..Settings::default() };
    let mut builder = Client::builder().settings(settings).patience(PUT_BACK).tap(tap(timeline));
    let members = MEMBERS.map(|member| {
        let access_point = AccessPoint { bearer: member.bearer, metered: member.metered, ..AccessPoint::default() };
        builder.access_point(member.name, access_point)
    });
    builder.service_network("internet", Purpose::Public, members);
    Ok(builder.executors(vec![stage.executor()?]))
}

/// Plays all scenes.
pub(super) async fn play<S: Stage>(stage: &S, client: &Client, timeline: &Timeline) -> Result<Played, DemoError> {
    timeline.say(Lane::App, "opens the session; it wants to be asked before it roams");
    let session = client.session("internet", SessionOptions { mode: Mode::Application, ..SessionOptions::default() }).await?;
    within("open", session.open()).await??;
    let changes = session.changes();
    let transfer = Transfer::start().map_err(DemoError::Runtime)?;
    let mut actor = Actor { stage, client, timeline, session, transfer, checks: Vec::new() };
    actor.must_be_on(LTE, "the session opens on lte, the only access point in reach");
    let carrier = actor.session.carrier().unwrap_or_default();
    actor.go(LTE, carrier, Old::Lost).await?;
    actor.say(Lane::Transfer, format!("runs through {}", interface(LTE)));
    sleep(WATCH).await;
    let accept = actor.accept().await?;
    let reject = actor.reject().await?;
    let (roam, cut) = actor.cut().await?;
    actor.end([accept, reject, roam], cut, changes).await
}

/// The application.
struct Actor<'a, S> {
    stage: &'a S,
    client: &'a Client,
    timeline: &'a Timeline,
    session: Session,
    transfer: Transfer,
    checks: Vec<Check>,
}

impl<S: Stage> Actor<'_, S> {
    /// The first scene.
    async fn accept(&mut self) -> Result<Roam, DemoError> {
        let begin = Instant::now();
        self.say(Lane::Scene, "1. a better access point appears, and keeps what it promises");
        let (trial, probed, asked) = self.trial(WLAN, LTE, false).await?;
        let candidate = trial.candidate();
        self.must(probed.fine, "the service answers the probe through wlan");
        self.say(Lane::Transfer, format!("goes on through {}; what is under way on {} comes in there", interface(WLAN), interface(LTE)));
        let moved = self.go(WLAN, candidate.carrier.clone(), Old::Up).await?;
        self.say_at(moved.working, Lane::Transfer, format!("runs through {}", interface(WLAN)));
        self.say(Lane::Transfer, format!("nothing is under way on {} any more, its socket is closed", interface(LTE)));
        self.say(Lane::App, "accepts wlan");
        within("the accepted roam", trial.accept()).await??;
        sleep(WATCH).await;
        self.must_be_on(WLAN, "after accept the session is on wlan");
        Ok(Roam { scene: Scene::Accept, from: LTE, to: self.active(), begin, window: (asked, Instant::now()) })
    }

    /// The second scene.
    async fn reject(&mut self) -> Result<Roam, DemoError> {
        let begin = Instant::now();
        self.say(Lane::Scene, "2. a still better access point appears, with a captive portal behind it");
        let (trial, probed, asked) = self.trial(ETHERNET, WLAN, true).await?;
        self.must(!probed.fine, "a portal answers the probe through ethernet");
        self.say(Lane::App, "rejects ethernet");
        within("the rejected trial", trial.reject()).await??;
        sleep(WATCH).await;
        self.must_be_on(WLAN, "after reject the session is on wlan as before");
        Ok(Roam { scene: Scene::Reject, from: WLAN, to: self.active(), begin, window: (asked, Instant::now()) })
    }

    /// The third scene.
    async fn cut(&mut self) -> Result<(Roam, Cut), DemoError> {
        let begin = Instant::now();
        self.say(Lane::Scene, "3. the cable of the link in use is cut");
        self.say(Lane::App, "lets the hub decide from now on (mode Forced)");
        self.session.set_mode(Mode::Forced).await?;
        self.say(Lane::Net, format!("nothing is plugged for {QUIET:?}: the kernel may tell losses of carrier once a second only"));
        sleep(QUIET).await;
        let mut changes = self.session.changes();
        let asked = self.stage.cut(WLAN).await?;
        self.say_at(asked, Lane::Net, format!("the cable of {} is cut", interface(WLAN)));
        within("the roam by itself", self.connected(&mut changes, LTE)).await??;
        let connected = Instant::now();
        let carrier = self.session.carrier().unwrap_or_default();
        let moved = self.go(LTE, carrier, Old::Lost).await?;
        self.say_at(moved.working, Lane::Transfer, format!("runs through {}; sent again: {} pieces", interface(LTE), moved.again));
        let told = self.stage.told(WLAN, asked).await;
        if let Some(told) = told {
            self.say_at(told, Lane::Net, format!("{} lost its carrier: {}", interface(WLAN), S::TELLS));
        }
        sleep(WATCH).await;
        self.must_be_on(LTE, "after the cut the session is on lte");
        let roam = Roam { scene: Scene::Cut, from: WLAN, to: self.active(), begin, window: (asked, Instant::now()) };
        Ok((roam, Cut { asked, told, connected, working: moved.working }))
    }

    /// Counts what the transfer did, and closes.
    async fn end(self, roams: [Roam; 3], cut: Cut, mut changes: Changes) -> Result<Played, DemoError> {
        let Self { session, transfer, timeline, mut checks, .. } = self;
        let record = transfer.finish().await.ok_or(DemoError::Never("the end of the transfer"))?;
        let mut bad = Vec::new();
        while let Some(change) = changes.try_next() {
            match change {
                Change::Notice { notice: notice @ (Notice::Closed | Notice::Error(_)), .. } => bad.push(notice),
                Change::Notice { .. } | Change::Snapshot(_) => {}
            }
        }
        let active = session.snapshot().active;
        let open = session.is_open() && session.state() == SessionState::Connected;
        checks.push(Check::new(open && bad.is_empty(), "the session was open from beginning to end, without an error"));
        timeline.say(Lane::App, "closes the session");
        within("close", session.close()).await??;
        Ok(Played { roams, cut, active, record, checks })
    }

    /// Lets an access point appear and tests it; gives the trial, how its probe ended, and when it was offered.
    async fn trial(&mut self, candidate: AccessPointId, old: AccessPointId, portal: bool) -> Result<(Trial, Probed, Instant), DemoError> {
        self.say(Lane::Net, format!("{} comes into reach", interface(candidate)));
        self.stage.appear(candidate, portal).await?;
        let offer = within("an offer", self.session.next_offer()).await?.ok_or(DemoError::Never("an offer"))?;
        let offered = Instant::now();
        self.must(offer.access_point == candidate, format!("{} is offered", name(candidate)));
        self.say(Lane::App, format!("migrates to {}", name(candidate)));
        let trial = within("the trial", offer.migrate()).await??;
        let through = (interface(candidate), interface(old));
        self.say(Lane::App, format!("probes the service through {}; the transfer is still on {}", through.0, through.1));
        let probed = self.stage.probe(&trial.candidate()).await;
        self.say(Lane::App, format!("the probe's answer: {}", probed.answer));
        let both = self.session.active_configuration().is_some_and(|active| active.id == old.into()) && trial.carrier().is_some();
        self.must(both, format!("in the trial of {} the session is still on {}, and both links are up", name(candidate), name(old)));
        let route = self.client.default_route() == Some(old);
        self.must(route, format!("in the trial of {} the default route stays on {}", name(candidate), name(old)));
        Ok((trial, probed, offered))
    }

    /// Waits until the session is usable on an access point.
    async fn connected(&self, changes: &mut Changes, on: AccessPointId) -> Result<(), DemoError> {
        loop {
            changes.next().await.ok_or(DemoError::Never("the roam by itself"))?;
            let snapshot = self.session.snapshot();
            if snapshot.state == SessionState::Connected && snapshot.active == Some(on) {
                return Ok(());
            }
        }
    }

    async fn go(&self, id: AccessPointId, carrier: Carrier, old: Old) -> Result<Moved, DemoError> {
        let gone = self.transfer.go(self.stage.way(id, carrier), old);
        let moved = within("the transfer through the new link", gone).await?;
        Ok(moved.ok_or(DemoError::Never("an answer of the transfer"))??)
    }

    fn active(&self) -> Option<AccessPointId> {
        self.session.snapshot().active
    }

    fn must_be_on(&mut self, id: AccessPointId, what: &str) {
        let snapshot = self.session.snapshot();
        self.must(snapshot.open && snapshot.state == SessionState::Connected && snapshot.active == Some(id), what);
    }

    fn must(&mut self, holds: bool, what: impl Into<String>) {
        self.checks.push(Check::new(holds, what));
    }

    fn say(&self, lane: Lane, text: impl Into<String>) {
        self.timeline.say(lane, text);
    }

    fn say_at(&self, at: Instant, lane: Lane, text: impl Into<String>) {
        self.timeline.say_at(at, lane, text);
    }
}

/// Does not wait for ever.
async fn within<T>(what: &'static str, work: impl Future<Output = T>) -> Result<T, DemoError> {
    timeout(PATIENCE, work).await.map_err(|_| DemoError::Never(what))
}
