//! What runs beside the bench? This program again, as a broker or as a bare peer, each in a process of its own.

use crate::timed::{Spent, Took};
use crate::{bare, rig, world};
use netsession_backends::sim::Network;
use netsession_broker::service::{self, Broker, Bus, Keeping, Limits};
use std::error::Error;
use std::io::{BufRead, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;

/// What the first argument of a part begins with.
const MARK: &str = "--part-";
/// What a part says when it serves.
const READY: &str = "ready";
/// The order to say what the executor took.
const SPENT: &str = "spent";

/// A part that runs; killed with the value.
pub(crate) struct Part {
    child: Child,
    orders: ChildStdin,
    said: BufReader<ChildStdout>,
}

impl Part {
    /// A broker on this bus that keeps its state in this directory, if in any.
    pub(crate) fn broker(bus: &rig::PrivateBus, store: Option<&Path>) -> Result<Self, Box<dyn Error>> {
        Self::start("broker", bus, store)
    }

    /// A peer that answers whatever it is called at once.
    pub(crate) fn bare(bus: &rig::PrivateBus) -> Result<Self, Box<dyn Error>> {
        Self::start("bare", bus, None)
    }

    fn start(name: &str, bus: &rig::PrivateBus, store: Option<&Path>) -> Result<Self, Box<dyn Error>> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg(format!("{MARK}{name}"))
            .arg(&bus.address)
            .args(store)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (orders, said) = (child.stdin.take().ok_or("no input")?, child.stdout.take().ok_or("no output")?);
        let mut part = Self { child, orders, said: BufReader::new(said) };
        if part.line()? == READY { Ok(part) } else { Err(format!("the part {name} ended before it served").into()) }
    }

    fn line(&mut self) -> Result<String, Box<dyn Error>> {
        let mut line = String::new();
        self.said.read_line(&mut line)?;
        Ok(line.trim().to_owned())
    }

    /// What a broker's executor took for each of its commands since this was asked last.
    pub(crate) fn spent(&mut self) -> Result<Took, Box<dyn Error>> {
        self.order(SPENT)?;
        Took::read(&self.line()?).ok_or_else(|| "no times of the executor".into())
    }

    /// The simulated network is told what happens.
    pub(crate) fn order(&mut self, order: &str) -> Result<(), Box<dyn Error>> {
        Ok(writeln!(self.orders, "{order}")?)
    }

    /// Bytes of memory that are this process's: `Rss` or `Pss` of `smaps_rollup` (proc_pid_smaps(5)).
    pub(crate) fn memory(&self, what: &str) -> Result<f64, Box<dyn Error>> {
        let rollup = std::fs::read_to_string(format!("/proc/{}/smaps_rollup", self.child.id()))?;
        let line = rollup.lines().find_map(|line| line.strip_prefix(what)?.strip_prefix(':')).ok_or("no such line")?;
        Ok(line.trim().trim_end_matches("kB").trim().parse::<f64>()? * 1024.0)
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // it may have ended
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Is this process a part? Then it is one until whoever began it ends.
pub(crate) fn run() -> Option<Result<(), Box<dyn Error>>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let name = arguments.first()?.strip_prefix(MARK)?;
    let address = arguments.get(1)?;
    Some(crate::runtime().and_then(|runtime| {
        runtime.block_on(async {
            match name {
                "broker" => serve(&Bus::Address(address.clone()), arguments.get(2).map(Path::new)).await,
                _ => bare::serve(address, ready).await,
            }
        })
    }))
}

async fn serve(bus: &Bus, store: Option<&Path>) -> Result<(), Box<dyn Error>> {
    let keeping = match store {
        Some(directory) => Some(Keeping::open(directory, bus).await?),
        None => None,
    };
    let (network, spent) = (world::network(), Spent::default());
    let (witness, feed) = service::feed(keeping.clone());
    let builder = world::builder(&network, &spent).witness(Box::new(witness));
    let client = keeping.iter().fold(builder, |builder, keeping| keeping.takes_up(builder)).start().await?;
    let many = 50_000;
    // of calls a second those are let through that the broker lets through unless told otherwise
    let limits = Limits { sessions_per_user: many, calls_per_user: many, queue_per_client: many, ..Limits::default() };
    let broker = Broker::start(client, feed, bus, Arc::new(rig::everyone()), limits).await?;
    std::thread::spawn(move || obey(&network, &spent));
    ready();
    broker.bus_lost().await;
    Ok(())
}

fn ready() {
    println!("{READY}");
}

fn obey(network: &Network, spent: &Spent) {
    for line in std::io::stdin().lock().lines() {
        match line {
            Ok(order) if order == SPENT => println!("{}", spent.take()),
            Ok(order) => world::happen(network, &order),
            Err(_) => break,
        }
    }
    // whoever began this has ended
    std::process::exit(0);
}
