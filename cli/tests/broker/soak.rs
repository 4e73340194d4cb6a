//! What is left after a time in which clients, brokers and daemons die and links fail, at random? Nothing, counted, when all was mended.
//!
//! `NETSESSION_SOAK` says for how many minutes, `NETSESSION_SEED` which deeds; both are printed.

use crate::program::Trouble;
use crate::rig::{Ground, Rig, active, client, eventually, until};
use crate::together::sessions;
use netsession::{Mode, SessionOptions, SessionState};
use netsession_conformance::lab::daemons::{Daemon, WallClock, log, with_wall_clock};
use netsession_conformance::lab::{Lab, Outcome, Plug};
use netsession_conformance::soak::{Dice, Numbers, Options, keep};
use rustix::process::{Pid, Signal, kill_process};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use tokio::process::{Child, Command};
use tokio::time::Instant;

/// Minutes, where nobody says how many.
const MINUTES: f64 = 0.25;
/// As many programs at a time, and no more.
const MOST: usize = 8;
/// By so many seconds the wall clock jumps: an hour, two months, half a century back, as on a device without a battery.
const JUMPS: [i64; 4] = [3600, -3600, 5_184_000, -1_577_000_000];
/// Interfaces, with the numbers of their networks.
const LINKS: [(&str, u8); 2] = [("wifi0", 1), ("lte0", 2)];

/// What is broken for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Broken {
    /// The cable of a link is cut.
    Cable(usize),
    /// A link was set down by others.
    Down(usize),
    /// Nobody answers requests for leases.
    Leases,
    /// The daemon that keeps the links is frozen.
    Keeper,
    /// The broker is frozen: time jumps past its deadlines.
    Broker,
    /// The wall clock of the broker and all programs is set to another time.
    Clock,
}

/// What runs, and what was done.
struct Soak {
    rig: Rig,
    clock: &'static WallClock,
    dice: Dice,
    broker: Option<Daemon>,
    clients: Vec<Child>,
    numbers: Numbers,
    broken: Vec<(Broken, Instant)>,
}

pub(crate) async fn leaves_nothing(lab: Lab, ground: Ground) -> Outcome {
    let options = Options::of_environment(MINUTES)?;
    let clock = WallClock::show()?;
    let mut rig = Rig::new(lab, ground).await?;
    rig.give_leases().await?;
    let broker = Some(rig.broker().await?);
    let (dice, numbers) = (Dice::new(options.seed), Numbers::default());
    let mut soak = Soak { rig, clock, dice, broker, clients: Vec::new(), numbers: numbers.clone(), broken: Vec::new() };
    let ended = match soak.storm(options).await {
        Ok(()) => soak.close().await,
        Err(error) => Err(error),
    };
    keep(&format!("{ground:?}, processes").to_lowercase(), options, &numbers)?;
    ended
}

impl Soak {
    fn did(&mut self, deed: &'static str) {
        self.numbers.more(deed);
    }

    /// Everything breaks, and some of it is mended.
    async fn storm(&mut self, Options { minutes, .. }: Options) -> Outcome {
        let until = Instant::now() + Duration::from_secs_f64(minutes * 60.0);
        while Instant::now() < until {
            self.deed().await?;
            tokio::time::sleep(self.dice.time(20, 200)).await;
            self.mend(Instant::now()).await?;
        }
        Ok(())
    }

    /// Something happens.
    async fn deed(&mut self) -> Outcome {
        let before = self.clients.len();
        self.clients.retain_mut(|client| matches!(client.try_wait(), Ok(None)));
        self.numbers.add("programs over", (before - self.clients.len()) as u64);
        match self.dice.below(16) {
            0..=3 if self.clients.len() < MOST => self.begin(),
            4 | 5 if !self.clients.is_empty() => self.end_one("programs killed", Signal::KILL),
            6 if !self.clients.is_empty() => self.end_one("programs ended", Signal::TERM),
            7 | 8 => self.crash().await,
            9 => self.keeper_dies().await,
            10 | 11 => self.breaks(),
            _ => self.touch().await,
        }
    }

    fn begin(&mut self) -> Outcome {
        let name = ["net", "net", "wifi", "lte"][self.dice.below(4)];
        let place = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("nothing");
        std::fs::create_dir_all(&place)?;
        let mut command = Command::new(env!("CARGO_BIN_EXE_netsession"));
        command.args(["--through", "broker", "open"]);
        if self.dice.below(2) == 0 {
            command.args(["--probe", ["true", "sleep 0.2", "false"][self.dice.below(3)]]);
        }
        command.args([name, "--", "cat"]).current_dir(place).env("HOME", "/nonexistent").env_remove("NETSESSION_CONFIG");
        // what it runs ends with its input, also when it is killed
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(log("programs")?).kill_on_drop(true);
        with_wall_clock(command.as_std_mut());
        self.clients.push(command.spawn()?);
        self.did("programs begun");
        Ok(())
    }

    fn end_one(&mut self, deed: &'static str, signal: Signal) -> Outcome {
        let which = self.dice.below(self.clients.len());
        send(&self.clients[which], signal)?;
        self.did(deed);
        Ok(())
    }

    /// The broker is killed, and comes back at once or later.
    async fn crash(&mut self) -> Outcome {
        self.broken.retain(|(broken, _)| *broken != Broken::Broker);
        if let Some(broker) = self.broker.take() {
            self.rig.kill(broker).await?;
            self.did("brokers killed");
        }
        let away = self.dice.one(&[0, 0, 50, 300]);
        tokio::time::sleep(Duration::from_millis(away)).await;
        self.broker = Some(self.rig.broker().await?);
        Ok(())
    }

    /// The daemon that keeps the links is killed, and comes back.
    async fn keeper_dies(&mut self) -> Outcome {
        let Some(keeper) = &mut self.rig.keeper else { return Ok(()) };
        self.broken.retain(|(broken, _)| *broken != Broken::Keeper);
        keeper.kill().await?;
        tokio::time::sleep(self.dice.time(1, 500)).await;
        keeper.answers_again().await?;
        self.did("daemons killed");
        Ok(())
    }

    /// Somebody does nothing for a while.
    fn breaks(&mut self) -> Outcome {
        let what = self.dice.one(&[Broken::Leases, Broken::Keeper, Broken::Broker, Broken::Clock]);
        if self.is_broken(what) {
            return Ok(());
        }
        let deed = match what {
            Broken::Keeper => match &mut self.rig.keeper {
                Some(keeper) => {
                    keeper.daemon()?.freeze()?;
                    "daemons frozen"
                }
                None => return Ok(()),
            },
            Broken::Broker => match &mut self.broker {
                Some(broker) => {
                    broker.freeze()?;
                    "brokers frozen"
                }
                None => return Ok(()),
            },
            Broken::Clock => {
                self.clock.set(self.dice.one(&JUMPS))?;
                "times the wall clock jumped, and back"
            }
            Broken::Leases | Broken::Cable(_) | Broken::Down(_) => {
                self.rig.leases()?.freeze()?;
                "times without leases"
            }
        };
        self.for_a_while(what, deed);
        Ok(())
    }

    fn is_broken(&self, what: Broken) -> bool {
        self.broken.iter().any(|(broken, _)| *broken == what)
    }

    fn for_a_while(&mut self, what: Broken, deed: &'static str) {
        let long = self.dice.one(&[50, 500, 3000]);
        self.broken.push((what, Instant::now() + self.dice.time(1, 1 + long)));
        self.did(deed);
    }

    /// Something happens to a link.
    async fn touch(&mut self) -> Outcome {
        let link = self.dice.below(LINKS.len());
        let (name, subnet) = LINKS[link];
        let Lab { wire, router } = &self.rig.lab;
        match self.dice.below(3) {
            0 if !self.is_broken(Broken::Cable(link)) => {
                router.cut(name).await?;
                self.for_a_while(Broken::Cable(link), "cables cut");
            }
            1 if !self.is_broken(Broken::Down(link)) => {
                wire.set_up(name, false).await?;
                self.for_a_while(Broken::Down(link), "links set down by others");
            }
            2 => {
                let plug = Plug::new(name, subnet);
                // it may have none just now
                let _ = wire.remove_address(name, plug.v4.0, plug.v4.1).await;
                self.did("addresses removed by others");
            }
            _ => {}
        }
        Ok(())
    }

    /// What was broken until then is mended.
    async fn mend(&mut self, then: Instant) -> Outcome {
        let (due, broken) = std::mem::take(&mut self.broken).into_iter().partition(|(_, until)| *until <= then);
        self.broken = broken;
        for (broken, _) in due {
            match broken {
                Broken::Cable(link) => drop(self.rig.lab.router.mend(LINKS[link].0).await?),
                // a daemon has its devices up, and leaves down what others set down
                Broken::Down(link) if self.rig.keeper.is_some() => drop(self.rig.lab.wire.set_up(LINKS[link].0, true).await?),
                Broken::Down(_) => {}
                Broken::Leases => self.rig.leases()?.thaw()?,
                Broken::Clock => self.clock.set(0)?,
                Broken::Keeper => self.rig.keeper.as_mut().ok_or("no daemon")?.daemon()?.thaw()?,
                Broken::Broker => self.broker.as_mut().ok_or("no broker")?.thaw()?,
            }
        }
        Ok(())
    }

    /// Everything is mended: whoever asks now gets what there is, the best of it.
    async fn heal(&mut self) -> Outcome {
        let begun = Instant::now();
        self.mend(begun + Duration::from_secs(3600)).await?;
        let client = client().await?;
        for (name, mode, best) in [("net", Mode::Forced, "wifi"), ("wifi", Mode::Off, "wifi"), ("lte", Mode::Off, "lte")] {
            let session = client.session(name, SessionOptions { mode, ..SessionOptions::default() }).await?;
            // what was broken may take a moment to be seen whole
            eventually(&format!("{name} open"), async || session.open().await.ok()).await?;
            until(&session, "connected", |now| now.state == SessionState::Connected).await?;
            eventually(&format!("{name} on {best}"), async || (active(&session)? == best).then_some(())).await?;
            session.close().await?;
        }
        self.numbers.add("milliseconds until all were where they should be", u64::try_from(begun.elapsed().as_millis())?);
        Ok(())
    }

    /// Everything ends; what is left is counted.
    async fn close(mut self) -> Outcome {
        self.heal().await?;
        for (number, client) in self.clients.iter().enumerate() {
            let signal = if number % 2 == 0 { Signal::TERM } else { Signal::KILL };
            send(client, signal)?;
        }
        for client in &mut self.clients {
            tokio::time::timeout(Duration::from_secs(60), client.wait()).await.map_err(|_| "a program does not end")??;
        }
        self.clients.clear();
        self.crash().await?;
        let found = self.rig.as_found().await;
        let left = sessions().await?;
        let broker = self.broker.take().ok_or("no broker")?;
        let ended = self.rig.end(broker).await;
        let gone = async || programs().ok().filter(|programs| *programs == 0);
        let programs = match eventually("the end of all programs", gone).await {
            Ok(none) => none,
            Err(_) => programs()?,
        };
        let difference = self.rig.difference().await?;
        let lines = |of: &str| difference.lines().filter(|line| line.get(2..).is_some_and(|line| line.starts_with(of))).count();
        for kind in ["link", "address", "route", "rule"] {
            self.numbers.add(&format!("left: {kind}"), lines(kind) as u64);
        }
        self.numbers.add("left: sessions", left.len() as u64);
        self.numbers.add("left: processes", programs as u64);
        found?;
        ended?;
        if left.is_empty() && programs == 0 { Ok(()) } else { Err(format!("left: {left:?}").into()) }
    }
}

fn send(client: &Child, signal: Signal) -> Outcome {
    // one that has ended has no number
    if let Some(pid) = client.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)) {
        kill_process(pid, signal)?;
    }
    Ok(())
}

/// How many processes of the program, and of what it ran, there are in the lab.
fn programs() -> Result<usize, Trouble> {
    let mut count = 0;
    for entry in std::fs::read_dir("/proc")? {
        let path = entry?.path();
        let name = std::fs::read_to_string(path.join("comm")).unwrap_or_default();
        // nobody waits for what a killed program ran, but this process, and it does not
        let ended = std::fs::read(path.join("cmdline")).unwrap_or_default().is_empty();
        count += usize::from(!ended && ["netsession", "cat"].contains(&name.trim()));
    }
    Ok(count)
}
