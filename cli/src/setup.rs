//! From arguments to a running client: which configuration file, which executors, how much is logged.

pub(crate) mod through;

use crate::arguments::Source;
use crate::error::{Failed, Kind};
use crate::output::{self, ATTENTION};
use netsession::choose::{self, Backend, Choice, Scene};
use netsession::config::{Config, Running, ServiceNetworkEntry};
use netsession::{Builder, Client, Purpose};
use serde::Serialize;
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

/// Where configurations come from.
#[derive(Debug)]
pub(crate) enum Origin {
    /// This file.
    File(PathBuf),
    /// There is none, at these places: daemons and the kernel were asked.
    System(Vec<PathBuf>),
}

/// The file that is given, or the first one found.
pub(crate) fn origin(source: &Source) -> Origin {
    let places = places();
    let found = source.config.clone().or_else(|| places.iter().find(|place| place.exists()).cloned());
    found.map_or(Origin::System(places), Origin::File)
}

/// What there is, and who realises it.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) config: Config,
    pub(crate) choices: Vec<Choice>,
    /// `None`: a broker has them.
    pub(crate) origin: Option<Origin>,
    /// That of a broker, if its sessions are used: then nothing is chosen here.
    broker: Option<Client>,
}

impl Plan {
    /// The broker's, if it is to be used; else what this process finds. Says so.
    pub(crate) async fn make(source: &Source, told: Told) -> Result<Self, Failed> {
        match through::client(source, told).await? {
            Some(client) => Ok(Self { config: Config::empty(), choices: Vec::new(), origin: None, broker: Some(client) }),
            None => Self::of_this_process(source).await,
        }
    }

    /// Reads the file and looks at this system, as far as that is needed.
    pub(crate) async fn of_this_process(source: &Source) -> Result<Self, Failed> {
        let origin = origin(source);
        let wanted = source.backend.wanted();
        let read = match &origin {
            Origin::File(path) => Some(read(path)?),
            Origin::System(_) => None,
        };
        let needs = match (&read, wanted) {
            (Some(_), Some(Backend::Sim)) => false,
            (Some(config), _) => !config.is_decided(),
            (None, _) => true,
        };
        let scene = if needs { choose::survey().await } else { Scene::without_daemons(Vec::new()) };
        let config = match read {
            Some(config) => config,
            None => discovered(&origin, &scene, wanted)?,
        };
        let (config, choices) = config.choose(&scene, wanted)?;
        Ok(Self { config, choices, origin: Some(origin), broker: None })
    }

    /// Several access points, best first, by their names with commas between: a service network of them, called like that. Gives
    /// the name of the configuration.
    pub(crate) fn network(&mut self, given: &str) -> Result<String, Failed> {
        if let Some(client) = &self.broker {
            if given.contains(',') && client.configuration(given).is_err() {
                return Err(Failed::usage("the broker has the service networks of its configuration file, and no others")
                    .help("define it there, or take --through process"));
            }
            return Ok(given.to_owned());
        }
        let config = &mut self.config;
        let names = config.access_points.iter().map(|it| &it.name).chain(config.service_networks.iter().map(|it| &it.name));
        let names: Vec<_> = names.chain(config.user_choices.iter().map(|it| &it.name)).cloned().collect();
        if names.iter().any(|name| name == given) || !given.contains(',') {
            return Ok(given.to_owned());
        }
        let mut members: Vec<String> = Vec::new();
        for name in given.split(',').map(str::trim) {
            if !names.iter().any(|known| known == name) {
                return Err(Failed::unknown("configuration", name, names));
            }
            if !config.access_points.iter().any(|entry| entry.name == name) {
                let message = format!("{name:?} is no access point, and only access points can be listed with commas");
                return Err(Failed::usage(message).help("name it alone, or name its members"));
            }
            if members.iter().any(|other| other == name) {
                return Err(Failed::usage(format!("{name:?} is listed twice")).help("name each access point once, the best one first"));
            }
            members.push(name.to_owned());
        }
        let network = ServiceNetworkEntry { name: members.join(","), purpose: Purpose::Unknown, members, probe: None };
        config.service_networks.push(network.clone());
        Ok(network.name)
    }

    /// Brings it to life, and says who realises what.
    pub(crate) async fn start(self, told: Told) -> Result<Running, Failed> {
        self.start_with(told, |builder| builder).await
    }

    /// The same, with what `more` adds to the sessions of this process.
    pub(crate) async fn start_with(self, told: Told, more: impl FnOnce(Builder) -> Builder + Send) -> Result<Running, Failed> {
        if let Some(client) = self.broker {
            return Ok(Running { client, network: None, choices: Vec::new() });
        }
        told.choices(&self.choices);
        Ok(self.config.start_chosen_with(self.choices, more).await?)
    }
}

/// What there is without a file, or why there is nothing.
fn discovered(origin: &Origin, scene: &Scene, wanted: Option<Backend>) -> Result<Config, Failed> {
    let config = Config::discovered(scene, wanted);
    if !config.access_points.is_empty() {
        return Ok(config);
    }
    let Origin::System(places) = origin else { return Ok(config) };
    let looked: Vec<_> = places.iter().map(|place| place.display().to_string()).collect();
    let asked = |backend| wanted.is_none_or(|wanted| wanted == backend || wanted == Backend::Sim);
    let mut found = Vec::new();
    if asked(Backend::NetworkManager) {
        let why = scene.networkmanager.as_ref().map_or_else(String::as_str, |_| "has no connection");
        found.push(format!("NetworkManager {why}"));
    }
    if asked(Backend::Connman) {
        found.push(format!("ConnMan {}", scene.connman.as_ref().map_or_else(String::as_str, |_| "has no service")));
    }
    if asked(Backend::Netlink) {
        found.push(match &scene.interfaces {
            Ok(_) => "no other interface leads out".to_owned(),
            Err(why) => format!("netlink {why}"),
        });
    }
    let message = format!(
        "there is no configuration file, and nothing without one: {}; looked at $NETSESSION_CONFIG (not set), {}",
        found.join(", "),
        looked.join(", ")
    );
    let help = "name one with --config, or start with `netsession config > netsession.toml`; `netsession doctor` says more";
    Err(Failed::new(Kind::Configuration, message).help(help))
}

/// How much is said of who realises what.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Told {
    verbose: bool,
    json: bool,
}

impl Told {
    pub(crate) fn new(verbose: u8, json: bool) -> Self {
        Self { verbose: verbose > 0, json }
    }

    /// Tells all of it where programs listen.
    #[must_use]
    pub(crate) fn all_as_json(self) -> Self {
        Self { verbose: self.verbose || self.json, ..self }
    }

    /// On standard error: all of it if that was asked for; always what is simulated although nobody asked for that.
    fn choices(self, choices: &[Choice]) {
        for choice in choices {
            let by_chance = choice.is_simulated_by_chance();
            let Choice { access_point, executor, because, .. } = choice;
            if self.json && (self.verbose || by_chance) {
                output::complain(&output::json(&Chosen { event: "chosen", by_chance, choice }));
            } else if by_chance {
                let what = format!("{access_point} is only SIMULATED, nothing that is sent over it goes anywhere: {because}");
                output::complain(&format!("netsession: {ATTENTION}warning:{ATTENTION:#} {what}"));
            } else if self.verbose {
                output::complain(&format!("netsession: {access_point}: through {executor}: {because}"));
            }
        }
    }
}

/// A choice as programs see it.
#[derive(Debug, Serialize)]
struct Chosen<'a> {
    event: &'static str,
    by_chance: bool,
    #[serde(flatten)]
    choice: &'a Choice,
}
