//! What can be asked for on the command line.

mod broker;
mod model;
mod searched;

pub(crate) use broker::{Broker, Status, Through};
pub(crate) use model::{Diagrams, Explore, Judge, Replay, Scenario};
pub(crate) use searched::Searched;

use crate::help;
use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;
use netsession::choose;
use std::num::NonZero;
use std::path::PathBuf;
use std::time::Duration;

/// Network sessions that roam with consent, on real links.
#[derive(Debug, Parser)]
#[command(name = "netsession", version, about = "Network sessions that roam with consent, on real links", after_long_help = help::GENERAL, propagate_version = true)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) source: Source,
    /// Colours in what is printed.
    #[arg(long, global = true, value_name = "WHEN", default_value_t, value_enum)]
    pub(crate) color: Color,
    /// Say more on standard error; up to three times. NETSESSION_LOG takes a filter such as "netsession_backends=debug".
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    #[command(subcommand)]
    pub(crate) action: Action,
}

/// Where configurations come from.
#[derive(Debug, Args)]
pub(crate) struct Source {
    /// The configuration file; without it the first of ./netsession.toml, $XDG_CONFIG_HOME/netsession/netsession.toml,
    /// /etc/netsession.toml. Where there is none: what NetworkManager and ConnMan know, and interfaces that neither has.
    #[arg(long, global = true, value_name = "FILE", env = "NETSESSION_CONFIG", hide_env_values = true, value_hint = ValueHint::FilePath)]
    pub(crate) config: Option<PathBuf>,
    /// Who realises the access points that do not say so themselves.
    #[arg(long, global = true, value_name = "BACKEND", default_value_t, value_enum)]
    pub(crate) backend: Backend,
    /// Whether sessions are the broker's, which all programs share, or this process's own.
    #[arg(long, global = true, value_name = "WHEN", default_value_t, value_enum, env = "NETSESSION_BROKER", hide_env_values = true)]
    pub(crate) through: Through,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Backend {
    /// What the configuration file says; where it says nothing: NetworkManager if it runs and has it, else ConnMan, else netlink.
    #[default]
    Auto,
    /// NetworkManager.
    Networkmanager,
    /// ConnMan.
    Connman,
    /// The kernel's links, without a daemon.
    Netlink,
    /// The simulator, whatever the file says: a rehearsal that touches no link.
    Sim,
    /// For `conformance`: the simulator, through a broker.
    #[value(hide = true)]
    Broker,
}

impl Backend {
    /// The one that was asked for.
    pub(crate) fn wanted(self) -> Option<choose::Backend> {
        match self {
            Self::Auto | Self::Broker => None,
            Self::Networkmanager => Some(choose::Backend::NetworkManager),
            Self::Connman => Some(choose::Backend::Connman),
            Self::Netlink => Some(choose::Backend::Netlink),
            Self::Sim => Some(choose::Backend::Sim),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal.
    #[default]
    Auto,
    Always,
    Never,
}

impl Color {
    pub(crate) fn write_global(self) {
        match self {
            Self::Auto => anstream::ColorChoice::Auto,
            Self::Always => anstream::ColorChoice::Always,
            Self::Never => anstream::ColorChoice::Never,
        }
        .write_global();
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// Show every configuration and how it stands.
    #[command(after_long_help = help::LIST)]
    List(Listing),
    /// Show every configuration, then every change, until interrupted.
    #[command(after_long_help = help::MONITOR)]
    Monitor(Listing),
    /// Hold a session while a command runs.
    #[command(after_long_help = help::OPEN)]
    Open(Open),
    /// Take down what is up of a configuration, whoever uses it.
    #[command(after_long_help = help::STOP)]
    Stop(Stop),
    /// Show the sessions of all programs that share the broker.
    #[command(after_long_help = help::STATUS)]
    Status(Status),
    /// Be the broker: the sessions of many programs, over D-Bus.
    #[command(after_long_help = help::BROKER)]
    Broker(Broker),
    /// Say what works on this system, what does not, and why.
    #[command(after_long_help = help::DOCTOR)]
    Doctor(Doctor),
    /// Print a documented configuration file, or check one.
    #[command(after_long_help = help::CONFIG)]
    Config(Configuration),
    /// A transfer over real links survives a roam that the application decides.
    #[command(after_long_help = help::DEMO)]
    Demo(Listing),
    /// Check the behaviour in every reachable state.
    #[command(after_long_help = help::CHECK)]
    Check(Check),
    /// Play the laws that every executor must keep.
    #[command(after_long_help = help::CONFORMANCE)]
    Conformance(Conformance),
    /// Play scenarios: who does what, and what everybody must see. Or print a run as one.
    #[command(after_long_help = help::SCENARIO)]
    Scenario(Scenario),
    /// Take the steps of a counterexample, or of a recorded program, again: with the hub, with the program, or on real links.
    #[command(after_long_help = help::REPLAY)]
    Replay(Replay),
    /// Say whether a recorded run did what the machine says, and what happened in it.
    #[command(after_long_help = help::JUDGE)]
    Judge(Judge),
    /// Walk through a world in the browser, step by step.
    #[command(after_long_help = help::EXPLORE)]
    Explore(Explore),
    /// Draw the state machines from the machines themselves.
    #[command(after_long_help = help::DIAGRAMS)]
    Diagrams(Diagrams),
    /// Print completions for a shell.
    #[command(after_long_help = help::COMPLETIONS)]
    Completions(Completions),
    /// Print the manual page, or that of a subcommand.
    #[command(after_long_help = help::MAN)]
    Man(Man),
}

impl Action {
    /// Whether errors are to be told as JSON.
    pub(crate) fn json(&self) -> bool {
        match self {
            Self::List(options) | Self::Monitor(options) | Self::Demo(options) => options.json,
            Self::Open(options) => options.json,
            Self::Stop(options) => options.json,
            Self::Status(options) => options.json,
            Self::Doctor(options) => options.json,
            Self::Check(options) => options.json,
            Self::Conformance(options) => options.json,
            Self::Scenario(options) => options.json,
            Self::Replay(options) => options.json,
            Self::Judge(options) => options.json,
            Self::Broker(_) | Self::Config(_) | Self::Explore(_) | Self::Diagrams(_) | Self::Completions(_) | Self::Man(_) => false,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Listing {
    /// For programs: JSON on standard output, errors as JSON on standard error.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Open {
    /// Name of the configuration, or names of access points with commas between them, best first: a service network of them.
    /// Without it the default configuration.
    #[arg(value_name = "CONFIGURATION")]
    pub(crate) configuration: Option<String>,
    /// What happens when a better access point appears, or the one in use is lost.
    #[arg(long, value_name = "HOW", default_value_t, value_enum)]
    pub(crate) roam: Roam,
    /// How a candidate is tested before the session moves to it: http://HOST[:PORT][/PATH] (answered with 2xx), tcp:HOST:PORT
    /// (takes a connection), or else a shell command (ends with 0). Instead of the one in the configuration file.
    #[arg(long, value_name = "PROBE")]
    pub(crate) probe: Option<String>,
    /// A probe that takes longer fails.
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration)]
    pub(crate) probe_timeout: Duration,
    /// End COMMAND when the session is lost: SIGTERM, and SIGKILL after --grace. Without it COMMAND goes on.
    #[arg(long)]
    pub(crate) kill: bool,
    /// How long COMMAND has to end after it was told to.
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = duration)]
    pub(crate) grace: Duration,
    /// For programs: what happens as JSON, one object a line, on standard error.
    #[arg(long)]
    pub(crate) json: bool,
    /// What runs while the session is open.
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub(crate) command: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Stop {
    /// Name of the configuration, or names of access points with commas between them.
    #[arg(value_name = "CONFIGURATION")]
    pub(crate) configuration: String,
    /// How long a link has to come down.
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration)]
    pub(crate) timeout: Duration,
    /// For programs: JSON on standard output, errors as JSON on standard error.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// For programs: JSON on standard output.
    #[arg(long)]
    pub(crate) json: bool,
    /// Only try whether this process gets namespaces of its own: the doctor asks another process, for it cannot come back.
    #[arg(long, hide = true)]
    pub(crate) try_namespaces: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Roam {
    /// With a probe: candidates that pass are moved to. Without one: the best access point that can be raised.
    #[default]
    Auto,
    /// You are asked, on the terminal; with --probe, the probe is.
    Ask,
    /// Never: a lost link ends the session.
    Off,
}

#[derive(Debug, Args)]
pub(crate) struct Configuration {
    /// Check this file and print what it defines.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) check: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Only this world, or the worlds of this set: quick (seconds), ci (minutes), deep (an hour); can be given several times.
    #[arg(long = "world", value_name = "SET|NAME")]
    pub(crate) worlds: Vec<String>,
    /// Judge only this property, S1 to S19 or L1 to L8; can be given several times. What ends the search is told all the same. With none
    /// of L1 to L8 the search takes a third of the memory.
    #[arg(long = "property", value_name = "NAME")]
    pub(crate) properties: Vec<String>,
    /// List the worlds instead.
    #[arg(long)]
    pub(crate) list: bool,
    /// Threads to check with; as many as there are processors unless given.
    #[arg(long, value_name = "COUNT")]
    pub(crate) threads: Option<NonZero<usize>>,
    /// Whose search: ours alone, or stateright's beside it, which must find the same states, transitions and verdicts.
    #[arg(long, value_enum, value_name = "ENGINE", default_value_t)]
    pub(crate) engine: Searched,
    /// Gigabytes our search may take, liveness included; one that would take more is cut short and fails.
    #[arg(long, value_name = "GB", value_parser = searched::gigabytes)]
    pub(crate) memory: Option<f64>,
    /// States a search may find; one that finds more is cut short and fails.
    #[arg(long, value_name = "COUNT")]
    pub(crate) states: Option<NonZero<usize>>,
    /// Take states that differ only in which of several equal sessions is which for one; liveness is not judged then.
    #[arg(long)]
    pub(crate) symmetry: bool,
    /// Write the verdicts as JUnit XML too: a suite for each world, a case for each property.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) junit: Option<PathBuf>,
    /// Write whatever breaks something into this directory: as text, as a Mermaid chart, as an ITF trace for other tools, and as a run
    /// that `netsession replay` takes again.
    #[arg(long, value_name = "DIRECTORY", value_hint = ValueHint::DirPath)]
    pub(crate) counterexamples: Option<PathBuf>,
    /// Check nothing; write the graph of the one world given, as AUT (FILE.aut) or as DOT (FILE.dot, small graphs).
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "worlds", conflicts_with_all = ["list", "json", "junit", "counterexamples", "properties"])]
    pub(crate) graph: Option<PathBuf>,
    /// Only so many steps of it, for DOT.
    #[arg(long, value_name = "STEPS", requires = "graph")]
    pub(crate) depth: Option<usize>,
    /// Let the hub make this mistake.
    #[cfg(feature = "mutants")]
    #[arg(long, hide = true, value_name = "NAME")]
    pub(crate) mutant: Option<String>,
    /// For programs: the report as JSON on standard output, errors as JSON on standard error.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Conformance {
    /// Only this law, the laws of this group, or of this section; can be given several times.
    #[arg(long = "law", value_name = "NAME|GROUP|SECTION")]
    pub(crate) laws: Vec<String>,
    /// List the laws instead.
    #[arg(long)]
    pub(crate) list: bool,
    /// How many laws are played at a time: they mostly wait.
    #[arg(long, value_name = "COUNT", default_value = "6")]
    pub(crate) threads: NonZero<usize>,
    /// Write the verdicts as JUnit XML too: a suite for each executor, a case for each law.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) junit: Option<PathBuf>,
    /// For programs: the verdicts as JSON on standard output, errors as JSON on standard error.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// Which shell.
    pub(crate) shell: Shell,
}

#[derive(Debug, Args)]
pub(crate) struct Man {
    /// Which subcommand.
    #[arg(conflicts_with = "all")]
    pub(crate) subcommand: Option<String>,
    /// Write all of them into this directory: netsession.1, netsession-open.1, …
    #[arg(long, value_name = "DIRECTORY", value_hint = ValueHint::DirPath)]
    pub(crate) all: Option<PathBuf>,
}

fn duration(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(duration) if !duration.is_zero() => Ok(duration),
        Ok(_) => Err("no time at all: give a duration greater than zero".to_owned()),
        Err(_) => Err("write it as \"10s\", \"5min\" or \"250ms\"".to_owned()),
    }
}
