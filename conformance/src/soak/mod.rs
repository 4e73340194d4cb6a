//! What is left after everything broke at once, at random, and was mended? Every session on its best access point; and then nothing.
//!
//! First the storm: programs open, close, roam, stop and die in any phase; cables are cut, leases refused, links taken down, routes
//! nailed down, the daemon is frozen and killed, and the process of the hub stands still, so that time jumps past its deadlines. All the
//! time every step of the hub is judged, and what sessions say is held against the system. Then the calm: everything is mended, programs
//! want to be on the network, and within a bounded time each is where it should be. Then all of them go, and what is left is counted.
//!
//! `NETSESSION_SOAK` says for how many minutes everything is broken, `NETSESSION_SEED` which deeds; both are printed. The wall clock is
//! not set here, where the hub is in this very process; it is in the soak of the program's processes
//! ([`WallClock`](crate::lab::daemons::WallClock)).

mod census;
mod dice;
mod faults;
mod numbers;
mod onlooker;
mod user;

pub use dice::Dice;
pub use numbers::{Kept, Numbers, forget, gather, keep};

use crate::lab::{Case, Outcome, is_inside};
use crate::laws::{Stage, Terms, id};
use crate::rig::{Ground, LEASED, Rig, Trouble, USABLE};
use census::Census;
use faults::Faults;
use netsession_fsm::hub::Settings;
use netsession_fsm::words::{Mode, Phase, SessionState};
use onlooker::Onlooker;
use std::env;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};
use user::{Seat, User, Weather};

/// Access points: two with fixed addresses, and between them one with a lease.
const PLACES: usize = 3;
/// Minutes, where nobody says how many.
const MINUTES: f64 = 1.6;
/// So many seconds things break, and so many they do not: programs get somewhere, and lose more.
const GUST: u64 = 6;
const LULL: u64 = 4;
/// Everybody is where he should be after this, when all was mended.
const BOUND: Duration = Duration::from_secs(60);
/// And stays there.
const REST: Duration = Duration::from_secs(2);
/// So long may it take programs to end.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the programs' sessions are on, in which mode, and where they should be in the end; `None`: wherever they are connected.
const USERS: [(&str, Mode, Option<usize>); 8] = [
    ("net", Mode::Forced, Some(0)),
    ("net", Mode::Application, Some(0)),
    ("net", Mode::Application, Some(0)),
    ("net", Mode::Off, None),
    ("ap0", Mode::Off, Some(0)),
    ("ap1", Mode::Off, Some(1)),
    ("ap2", Mode::Off, Some(2)),
    ("choice", Mode::Off, None),
];

/// Deadlines that end within a soak.
const SETTINGS: Settings = Settings {
    offer_deadline: Duration::from_secs(2),
    trial_deadline: Duration::from_secs(2),
    commit_timeout: Duration::from_secs(3),
    suppression: Duration::from_secs(2),
    back_off: Duration::from_millis(100),
    back_off_limit: Duration::from_secs(2),
    settle: Duration::from_millis(200),
    grace: Duration::from_secs(2),
    retry: Duration::from_secs(1),
    refresh_timeout: Duration::from_secs(5),
};
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long, and which deeds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// For so long everything is broken.
    pub minutes: f64,
    /// What the deeds come from.
    pub seed: u64,
}

impl Options {
    /// What the environment says.
    ///
    /// # Errors
    /// If that is no number.
    pub fn of_environment(minutes: f64) -> Result<Self, Trouble> {
        fn given<T: std::str::FromStr>(name: &str, otherwise: T) -> Result<T, Trouble> {
            match env::var(name) {
                Ok(text) => text.parse().map_err(|_| format!("{name}={text} is no number").into()),
                Err(_) => Ok(otherwise),
            }
        }
        Ok(Self { minutes: given("NETSESSION_SOAK", minutes)?, seed: given("NETSESSION_SEED", 0x6e65_7473_6573_7369)? })
    }
}

/// The soak of the executor of a rig.
#[must_use]
pub fn case<R: Rig>() -> Case {
    Case { name: R::name().leak(), run: R::Ground::run(|ground| Box::pin(soak::<R>(ground))), needs: R::needs().leak() }
}

async fn soak<R: Rig>(ground: R::Ground) -> Outcome {
    let given = Options::of_environment(MINUTES)?;
    let options = Options { minutes: given.minutes * R::Ground::FASTER, ..given };
    let before = Census::take()?;
    let numbers = Numbers::default();
    let terms = Terms { settings: SETTINGS, connect_timeout: CONNECT_TIMEOUT, ..Terms::of::<R>() };
    let stage = Stage::<R>::on(terms, ground, &[USABLE, LEASED, USABLE]).await?;
    let along = stage.along();
    let onlooker = Onlooker::new(along, stage.client.clone(), numbers.clone());
    let (weather, _) = watch::channel(Weather::Storm);
    let faults = Faults::none::<R>(numbers.clone());
    let mut soak = Soak { stage, faults, onlooker, seats: Vec::new(), dice: Dice::new(options.seed), weather, numbers: numbers.clone() };
    let ended = soak.pass(options).await;
    let Soak { stage, onlooker, .. } = soak;
    drop(onlooker);
    let finished = match ended {
        Ok(()) => stage.finish([]).await,
        Err(error) => {
            drop(stage);
            Err(error)
        }
    };
    count_left(&finished, &before, &numbers).await?;
    keep(&R::name(), options, &numbers)?;
    finished
}

/// What a difference between before and after names, and what ended too late.
async fn count_left(finished: &Outcome, before: &Census, numbers: &Numbers) -> Outcome {
    let difference = finished.as_ref().err().map(ToString::to_string).unwrap_or_default();
    for kind in ["link", "address", "route", "rule"] {
        let left = difference.lines().filter(|line| line.get(2..).is_some_and(|line| line.starts_with(kind))).count();
        numbers.add(&format!("left: {kind}"), left as u64);
    }
    if !is_inside() {
        // in a process that does other things, too
        return Ok(());
    }
    let more = before.since().await?;
    for (what, left) in [("processes", more.processes), ("namespaces", more.namespaces), ("descriptors", more.descriptors)] {
        numbers.add(&format!("left: {what}"), left as u64);
    }
    Ok(())
}

/// A program that runs.
struct Seated {
    seat: Seat,
    runs: JoinHandle<()>,
    killed: bool,
}

struct Soak<R: Rig> {
    stage: Stage<R>,
    faults: Faults,
    onlooker: Onlooker,
    seats: Vec<Seated>,
    dice: Dice,
    weather: watch::Sender<Weather>,
    numbers: Numbers,
}

impl<R: Rig> Soak<R> {
    async fn pass(&mut self, Options { minutes, .. }: Options) -> Outcome {
        let begun = Instant::now();
        let storm = Duration::from_secs_f64(minutes * 60.0);
        for user in 0..USERS.len() {
            let seated = self.begin(user);
            self.seats.push(seated);
        }
        while begun.elapsed() < storm {
            if begun.elapsed().as_secs() % (GUST + LULL) < GUST {
                self.faults.strike(&mut self.stage.rig, &mut self.dice).await?;
            }
            self.die();
            self.look().await?;
            sleep(self.dice.time(5, 100)).await;
            self.faults.relent(&mut self.stage.rig).await?;
            self.look().await?;
        }
        self.faults.heal(&mut self.stage.rig).await?;
        self.weather.send_replace(Weather::Calm);
        for user in 0..USERS.len() {
            self.revive(user);
        }
        self.arrive().await?;
        self.weather.send_replace(Weather::Over);
        self.go().await
    }

    fn begin(&mut self, user: usize) -> Seated {
        let (name, mode, _) = USERS[user];
        let seat = Seat::default();
        let client = self.stage.client.clone();
        let (dice, weather, numbers) = (self.dice.fork(), self.weather.subscribe(), self.numbers.clone());
        let user = User { client, name, mode, dice, seat: seat.clone(), weather, numbers };
        self.numbers.more("programs begun");
        Seated { seat, runs: tokio::spawn(user.live()), killed: false }
    }

    /// A program dies, wherever it is; another one takes its place later.
    fn die(&mut self) {
        let user = self.dice.below(USERS.len());
        match self.dice.below(24) {
            0 if !self.seats[user].killed => {
                self.seats[user].killed = true;
                self.seats[user].runs.abort();
                self.numbers.more("programs killed");
            }
            1..=6 => self.revive(user),
            _ => {}
        }
    }

    fn revive(&mut self, user: usize) {
        if self.seats[user].killed || self.seats[user].runs.is_finished() {
            self.seats[user] = self.begin(user);
        }
    }

    async fn look(&mut self) -> Outcome {
        let seats: Vec<_> = self.seats.iter().map(|seated| seated.seat.clone()).collect();
        self.onlooker.look(&self.stage.rig, &seats, &self.faults).await
    }

    /// Where the programs are that are not where they should be.
    async fn astray(&self) -> Result<Vec<String>, Trouble> {
        let mut astray = Vec::new();
        for ((name, mode, best), seated) in USERS.iter().zip(&self.seats) {
            let snapshot = seated.seat.session().map(|session| session.snapshot());
            let there = snapshot.filter(|now| now.open && now.state == SessionState::Connected && now.phase == Phase::Stable);
            let place = (0..PLACES).find(|place| there.is_some_and(|there| there.active == Some(id(*place))));
            let fits = match place {
                Some(place) => best.is_none_or(|best| best == place) && self.stage.rig.is_up(place).await?,
                None => false,
            };
            if !fits {
                astray.push(format!("{name}, {mode:?}: {snapshot:?}"));
            }
        }
        let (system, told) = (self.stage.rig.default_route().await?, self.stage.client.default_route());
        if system != Some(0) || told != Some(id(0)) {
            astray.push(format!("the default route goes through {system:?}, and {told:?} is told"));
        }
        Ok(astray)
    }

    /// Everybody comes to where he should be, and stays.
    async fn arrive(&mut self) -> Outcome {
        let begun = Instant::now();
        let mut arrived = None;
        loop {
            self.look().await?;
            let astray = self.astray().await?;
            arrived = if astray.is_empty() { arrived.or_else(|| Some(Instant::now())) } else { None };
            if let Some(arrived) = arrived.filter(|arrived| arrived.elapsed() >= REST) {
                let took = arrived.duration_since(begun).as_millis();
                self.numbers.most("milliseconds until all were where they should be", u64::try_from(took)?);
                return Ok(());
            }
            if begun.elapsed() > BOUND {
                return Err(format!("{BOUND:?} after everything was mended:\n{}", astray.join("\n")).into());
            }
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// Everybody goes.
    async fn go(&mut self) -> Outcome {
        for seated in &mut self.seats {
            timeout(PATIENCE, &mut seated.runs).await.map_err(|_| "a program does not end")??;
        }
        self.stage.settled().await?;
        let held = self.stage.client.configurations().iter().map(|configuration| configuration.holders.len() as u64).sum();
        self.numbers.add("left: sessions", held);
        if held == 0 { Ok(()) } else { Err(format!("{held} leases are left").into()) }
    }
}
