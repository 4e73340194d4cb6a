//! `netsession broker`: the sessions of many programs, over D-Bus, until it is told to end.

use crate::arguments::{Broker as Options, Source};
use crate::error::{Failed, Kind};
use crate::setup::{Plan, Told};
use crate::signals::Signals;
use netsession::broker::Bus;
use netsession_broker::authority::{self, NoChoice, Whose};
use netsession_broker::service::{self, Broker, Keeping, KeepingError, StartError};
use std::env;
use std::fs;
use std::io;
use std::os::unix::fs::FileTypeExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tokio::net::UnixListener;

pub(crate) async fn run(source: Source, told: Told, options: Options) -> Result<ExitCode, Failed> {
    let mut signals = Signals::listen()?;
    let begun = begin(&source, told, &options);
    let (broker, socket) = tokio::select! {
        begun = begun => begun?,
        _ = signals.next() => return Ok(ExitCode::SUCCESS),
    };
    let lost = tokio::select! {
        signal = signals.next() => {
            tracing::info!(?signal, "ends");
            false
        }
        () = broker.bus_lost() => true,
    };
    broker.shutdown().await;
    drop(socket);
    if lost {
        return Err(Failed::unavailable(format!("{} is gone; every session was closed", options.bus.0))
            .help("start the bus again, and this program; systemd does that by itself"));
    }
    Ok(ExitCode::SUCCESS)
}

/// Everything that has to be there before the first call, in an order in which what fails leaves nothing behind.
async fn begin(source: &Source, told: Told, options: &Options) -> Result<(Broker, Option<SocketFile>), Failed> {
    let bus = &options.bus.0;
    let plan = Plan::of_this_process(source).await?;
    let keeping = Keeping::open(&directory(options)?, bus).await?;
    let own = rustix::process::getuid().as_raw();
    let whose = match bus {
        Bus::Session => Whose::User(own),
        Bus::System | Bus::Address(_) => Whose::Everybody(
            bus.connect()
                .await
                .map_err(|error| Failed::unavailable(format!("cannot reach {bus}: {error}")).help("is a D-Bus daemon running there?"))?,
        ),
    };
    let choice = authority::choose(whose, options.policy.as_deref()).await?;
    tracing::info!(decides = %choice.source, "who may do what");
    if let Some(because) = choice.because.as_ref().filter(|_| *bus != Bus::Session) {
        tracing::warn!(%because, decides = %choice.source, "polkit does not decide");
    }
    let socket = options.metrics.as_deref().map(listen).transpose()?;
    let (witness, feed) = service::feed(Some(keeping.clone()));
    let running = plan.start_with(told, |builder| keeping.takes_up(builder.witness(Box::new(witness)))).await?;
    let mut broker = Broker::start(running.client, feed, bus, choice.authority, choice.limits).await?;
    let socket = socket.map(|(listener, file)| {
        broker.serve_metrics(listener);
        file
    });
    Ok((broker, socket))
}

/// Where state is kept.
fn directory(options: &Options) -> Result<PathBuf, Failed> {
    if let Some(given) = &options.state {
        return Ok(given.clone());
    }
    let named = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    // systemd names several with colons between; the first is ours
    let systemd = named("RUNTIME_DIRECTORY").and_then(|list| list.to_str().and_then(|list| list.split(':').next()).map(PathBuf::from));
    let root = rustix::process::getuid().is_root().then(|| PathBuf::from("/run/netsession"));
    systemd.or(root).or_else(|| named("XDG_RUNTIME_DIR").map(|directory| directory.join("netsession"))).ok_or_else(|| {
        Failed::usage("nowhere to keep what holds over a crash: neither RUNTIME_DIRECTORY nor XDG_RUNTIME_DIR is set")
            .help("name a directory with --state, one that ends with the machine's uptime")
    })
}

/// The file of the counters' socket; it goes with the broker.
struct SocketFile(PathBuf);

/// Listens there; what a broker that was killed left there is replaced.
fn listen(path: &Path) -> Result<(UnixListener, SocketFile), Failed> {
    let refused = |error: io::Error| {
        Failed::unavailable(format!("cannot listen at {}: {error}", path.display()))
            .help("name a path in a directory this user may write to")
    };
    let is_left = fs::symlink_metadata(path).is_ok_and(|there| there.file_type().is_socket()) && UnixStream::connect(path).is_err();
    if is_left {
        fs::remove_file(path).map_err(refused)?;
    }
    Ok((UnixListener::bind(path).map_err(refused)?, SocketFile(path.to_owned())))
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        // somebody else may have removed it
        let _ = fs::remove_file(&self.0);
    }
}

impl From<KeepingError> for Failed {
    fn from(error: KeepingError) -> Self {
        Self::unavailable(error.to_string())
    }
}

impl From<StartError> for Failed {
    fn from(error: StartError) -> Self {
        match error {
            StartError::NoBus { .. } | StartError::Taken { .. } => Self::unavailable(error.to_string()),
            StartError::Refused { .. } => Self::new(Kind::NotPermitted, error.to_string()),
        }
    }
}

impl From<NoChoice> for Failed {
    fn from(error: NoChoice) -> Self {
        match error {
            NoChoice::Wrong(error) => error.into(),
            NoChoice::Unreadable { .. } | NoChoice::Loose { .. } => Self::new(Kind::Configuration, error.to_string()),
        }
    }
}
