//! From arguments to a running client: which configuration file, which executors, how much is logged.

use crate::arguments::{Backend, Source};
use crate::error::{Failed, Kind};
use netsession::config::{Config, Realisation, Running, SIM};
use netsession::sim::Behaviour;
use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Logs to standard error: warnings, or what `-v` or `NETSESSION_LOG` say.
pub(crate) fn log(verbose: u8) {
    use tracing_subscriber::EnvFilter;
    let standard = match verbose {
        0 => "warn",
        1 => "warn,netsession=info,netsession_backends=info",
        2 => "warn,netsession=debug,netsession_backends=debug",
        _ => "trace",
    };
    let filter = EnvFilter::try_from_env("NETSESSION_LOG").unwrap_or_else(|_| standard.into());
    let ansi = anstream::AutoStream::choice(&io::stderr()) != anstream::ColorChoice::Never;
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_ansi(ansi).without_time().init();
}

/// Where the configuration file is looked for when none is given, first to last.
fn places() -> Vec<PathBuf> {
    let home = env::var_os("HOME").filter(|home| !home.is_empty()).map(|home| PathBuf::from(home).join(".config"));
    let own = env::var_os("XDG_CONFIG_HOME").filter(|own| !own.is_empty()).map(PathBuf::from).or(home);
    let own = own.map(|own| own.join("netsession/netsession.toml"));
    [Some("netsession.toml".into()), own, Some("/etc/netsession.toml".into())].into_iter().flatten().collect()
}

/// Reads and checks a configuration file.
pub(crate) fn read(path: &Path) -> Result<Config, Failed> {
    let shown = path.display().to_string();
    let text = fs::read_to_string(path).map_err(|error| {
        Failed::new(Kind::Configuration, format!("cannot read {shown}: {error}"))
            .help("`netsession config` prints a configuration file to start from")
    })?;
    Ok(Config::parse(&shown, &text)?)
}

/// The configuration that is given, or the first one found.
pub(crate) fn config(source: &Source) -> Result<Config, Failed> {
    let mut config = match &source.config {
        Some(path) => read(path)?,
        None => {
            let places = places();
            let Some(found) = places.iter().find(|place| place.exists()) else {
                let looked: Vec<_> = places.iter().map(|place| place.display().to_string()).collect();
                let message = format!("there is no configuration file; looked at $NETSESSION_CONFIG (not set), {}", looked.join(", "));
                return Err(Failed::new(Kind::Configuration, message)
                    .help("name one with --config, or start with `netsession config > netsession.toml`"));
            };
            read(found)?
        }
    };
    match source.backend {
        Backend::Auto => {}
        Backend::Sim => simulate(&mut config),
        Backend::Netlink => {
            if let Some(entry) = config.access_points.iter().find(|entry| matches!(entry.realisation, Realisation::Sim(_))) {
                return Err(Failed::usage(format!(
                    "access point {:?} is simulated, and --backend netlink allows real links only",
                    entry.name
                ))
                .help("leave out --backend, or set executor = \"netlink\" for it"));
            }
        }
    }
    Ok(config)
}

/// Puts every access point into the simulator: a rehearsal that touches no link.
fn simulate(config: &mut Config) {
    for entry in &mut config.access_points {
        if let Realisation::Netlink(_) = entry.realisation {
            let radio = entry.access_point.radio;
            entry.realisation = Realisation::Sim(Behaviour { radio, ..Behaviour::default() });
            entry.access_point.executor = SIM;
        }
    }
}

/// The configuration with everything it defines, running.
pub(crate) async fn start(config: &Config) -> Result<Running, Failed> {
    Ok(config.start().await?)
}
