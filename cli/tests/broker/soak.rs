//! What is left after a time in which clients and brokers die and links fail, at random? Nothing, counted.
//!
//! `NETSESSION_SOAK` says for how many minutes, `NETSESSION_SEED` which deeds; both are printed.

use crate::program::Trouble;
use crate::rig::{Ground, Rig, eventually};
use crate::together::sessions;
use netsession_conformance::lab::daemons::{Daemon, log};
use netsession_conformance::lab::{Lab, Outcome, Plug};
use rustix::process::{Pid, Signal, kill_process};
use std::collections::BTreeMap;
use std::env;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use tokio::process::{Child, Command};
use tokio::time::Instant;

/// Minutes, where nobody says how many.
const MINUTES: f64 = 0.25;
/// The kernel tells losses of carrier about once a second, over all namespaces of the machine.
const FLAPS: Duration = Duration::from_millis(1200);
/// As many programs at a time, and no more.
const MOST: usize = 8;
/// Interfaces, with the numbers of their networks.
const LINKS: [(&str, u8); 2] = [("wifi0", 1), ("lte0", 2)];

/// Numbers that look random (xorshift), from a seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).unwrap_or_default()
    }
}

/// What runs, and what was done.
struct Soak {
    rig: Rig,
    dice: Dice,
    broker: Option<Daemon>,
    clients: Vec<Child>,
    deeds: BTreeMap<&'static str, u64>,
    /// No link is touched before.
    flap: Instant,
}

fn given<T: std::str::FromStr>(name: &str, otherwise: T) -> Result<T, Trouble> {
    match env::var(name) {
        Ok(text) => text.parse().map_err(|_| format!("{name}={text} is no number").into()),
        Err(_) => Ok(otherwise),
    }
}

pub(crate) async fn leaves_nothing(lab: Lab, ground: Ground) -> Outcome {
    let minutes: f64 = given("NETSESSION_SOAK", MINUTES)?;
    let seed: u64 = given("NETSESSION_SEED", 0x6e65_7473_6573_7369)?;
    let mut rig = Rig::new(lab, ground).await?;
    rig.give_leases().await?;
    let broker = Some(rig.broker().await?);
    let mut soak = Soak { rig, dice: Dice(seed.max(1)), broker, clients: Vec::new(), deeds: BTreeMap::new(), flap: Instant::now() + FLAPS };
    let until = Instant::now() + Duration::from_secs_f64(minutes * 60.0);
    while Instant::now() < until {
        soak.deed().await?;
        let pause = 20 + soak.dice.below(180) as u64;
        tokio::time::sleep(Duration::from_millis(pause)).await;
    }
    let deeds: Vec<_> = soak.deeds.iter().map(|(deed, count)| format!("{count} {deed}")).collect();
    println!("soak on {ground:?}: {minutes} minutes, seed {seed}: {}", deeds.join(", "));
    soak.close().await
}

impl Soak {
    fn did(&mut self, deed: &'static str) {
        *self.deeds.entry(deed).or_default() += 1;
    }

    /// Something happens.
    async fn deed(&mut self) -> Outcome {
        let before = self.clients.len();
        self.clients.retain_mut(|client| matches!(client.try_wait(), Ok(None)));
        *self.deeds.entry("programs over").or_default() += (before - self.clients.len()) as u64;
        match self.dice.below(12) {
            0..=3 if self.clients.len() < MOST => self.begin(),
            4 | 5 if !self.clients.is_empty() => self.end_one("programs killed", Signal::KILL),
            6 if !self.clients.is_empty() => self.end_one("programs ended", Signal::TERM),
            7 | 8 => self.crash().await,
            _ if Instant::now() >= self.flap => self.touch().await,
            _ => Ok(()),
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
        if let Some(broker) = self.broker.take() {
            self.rig.kill(broker).await?;
            self.did("brokers killed");
        }
        let away = [0, 0, 50, 300][self.dice.below(4)];
        tokio::time::sleep(Duration::from_millis(away)).await;
        self.broker = Some(self.rig.broker().await?);
        Ok(())
    }

    /// Something happens to a link.
    async fn touch(&mut self) -> Outcome {
        let (name, subnet) = LINKS[self.dice.below(LINKS.len())];
        let Lab { wire, router } = &self.rig.lab;
        let deed = match self.dice.below(3) {
            0 => {
                router.cut(name).await?;
                tokio::time::sleep(Duration::from_millis(100)).await;
                router.mend(name).await?;
                "cables cut and mended"
            }
            1 => {
                wire.set_up(name, false).await?;
                if self.rig.keeper.is_some() {
                    // which it is not, for as long as that lasts, to be used at all
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    wire.set_up(name, true).await?;
                }
                "links set down by others"
            }
            _ => {
                let plug = Plug::new(name, subnet);
                // it may have none just now
                let _ = wire.remove_address(name, plug.v4.0, plug.v4.1).await;
                "addresses removed by others"
            }
        };
        self.flap = Instant::now() + FLAPS;
        self.did(deed);
        Ok(())
    }

    /// Everything ends; what is left is counted.
    async fn close(mut self) -> Outcome {
        for (number, client) in self.clients.iter().enumerate() {
            let signal = if number % 2 == 0 { Signal::TERM } else { Signal::KILL };
            send(client, signal)?;
        }
        for client in &mut self.clients {
            tokio::time::timeout(Duration::from_secs(60), client.wait()).await.map_err(|_| "a program does not end")??;
        }
        self.clients.clear();
        self.crash().await?;
        if self.rig.keeper.is_some() {
            // it has its devices up, and leaves down what others set down
            for (name, _) in LINKS {
                self.rig.lab.wire.set_up(name, true).await?;
            }
        }
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
        println!(
            "left: {} links, {} addresses, {} routes, {} rules, {} sessions, {programs} processes",
            lines("link"),
            lines("address"),
            lines("route"),
            lines("rule"),
            left.len()
        );
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
