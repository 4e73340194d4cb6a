//! How does a configuration look to a program, and as a row of a table?

use comfy_table::{Cell, Color, ContentArrangement, Table, presets};
use netsession::config::Running;
use netsession::executor::Connectivity;
use netsession::{Bearer, Capabilities, Configuration, ConfigurationState, Counters, Kind, Metered, Purpose};
use serde::Serialize;
use std::net::IpAddr;
use std::time::Duration;

/// A configuration as `--json` shows it.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    name: String,
    kind: Kind,
    state: ConfigurationState,
    bearer: Bearer,
    purpose: Purpose,
    metered: Metered,
    /// Seconds; zero unless an access point.
    connect_timeout: f64,
    radio: Option<u16>,
    /// Who realises it.
    executor: Option<String>,
    /// Why that one does.
    because: Option<String>,
    connectivity: Connectivity,
    interface: Option<String>,
    /// Where it would be, also while it is down.
    expected_interface: Option<String>,
    addresses: Vec<IpAddr>,
    gateway: Option<IpAddr>,
    dns: Vec<IpAddr>,
    holders: Vec<String>,
    roaming_available: bool,
    members: Vec<String>,
    capabilities: Vec<&'static str>,
    counters: Counters,
    default: bool,
}

impl Row {
    pub(crate) fn new(running: &Running, configuration: &Configuration) -> Self {
        let client = &running.client;
        let choice = running.choices.iter().find(|choice| *choice.access_point == *configuration.name);
        let carrier = configuration.carrier.clone().unwrap_or_default();
        let all = Capabilities::NAMES.into_iter();
        Self {
            name: configuration.name.to_string(),
            kind: configuration.kind,
            state: configuration.state,
            bearer: configuration.bearer,
            purpose: configuration.purpose,
            metered: configuration.metered,
            connect_timeout: Duration::as_secs_f64(&configuration.connect_timeout),
            radio: configuration.radio.map(|radio| radio.0),
            executor: configuration.executor.as_ref().map(ToString::to_string),
            because: choice.filter(|_| configuration.kind == Kind::AccessPoint).map(|choice| choice.because.clone()),
            connectivity: configuration.connectivity,
            expected_interface: configuration.expected_interface.clone(),
            interface: Some(carrier.interface).filter(|name| !name.is_empty()),
            addresses: carrier.addresses,
            gateway: carrier.gateway,
            dns: carrier.dns,
            holders: configuration.holders.iter().map(ToString::to_string).collect(),
            roaming_available: configuration.roaming_available,
            members: configuration.members.iter().filter_map(|id| Some(client.name(*id)?.to_string())).collect(),
            capabilities: all.filter(|(flag, _)| configuration.capabilities.has(*flag)).map(|(_, name)| name).collect(),
            counters: configuration.counters,
            default: client.default_configuration().is_some_and(|default| default.id == configuration.id),
        }
    }

    /// The interface; in brackets while the link is not up.
    fn place(&self) -> String {
        match (&self.interface, &self.expected_interface) {
            (Some(interface), _) => interface.clone(),
            (None, Some(expected)) => format!("({expected})"),
            (None, None) => String::new(),
        }
    }

    fn cells(&self, coloured: bool) -> Vec<Cell> {
        let state = Cell::new(word(&self.state));
        let state = match self.state {
            _ if !coloured => state,
            ConfigurationState::Active => state.fg(Color::Green),
            ConfigurationState::Discovered => state,
            ConfigurationState::Defined | ConfigurationState::Undefined | ConfigurationState::Absent => state.fg(Color::DarkGrey),
        };
        let access_point = self.kind == Kind::AccessPoint;
        let only = |text: String| if access_point { text } else { String::new() };
        vec![
            Cell::new(if self.default { "*" } else { "" }),
            Cell::new(&self.name),
            Cell::new(word(&self.kind)),
            state,
            Cell::new(only(word(&self.bearer))),
            Cell::new(only(word(&self.metered))),
            Cell::new(if self.connectivity == Connectivity::Unknown { String::new() } else { word(&self.connectivity) }),
            Cell::new(self.place()),
            Cell::new(self.addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")),
            Cell::new(self.executor.as_deref().unwrap_or_default()),
            Cell::new(self.holders.len()),
            Cell::new(if self.roaming_available { "yes" } else { "no" }),
            Cell::new(self.members.join(" ")),
            Cell::new(self.capabilities.iter().filter_map(|name| short(name)).collect::<Vec<_>>().join(" ")),
        ]
    }
}

/// Every configuration, as it stands.
pub(crate) fn rows(running: &Running) -> Vec<Row> {
    running.client.configurations().iter().map(|configuration| Row::new(running, configuration)).collect()
}

const HEAD: [&str; 14] = [
    "",
    "NAME",
    "KIND",
    "STATE",
    "BEARER",
    "METERED",
    "REACHES",
    "INTERFACE",
    "ADDRESSES",
    "EXECUTOR",
    "HOLDERS",
    "ROAMING",
    "MEMBERS",
    "CAPABILITIES",
];

/// A table of them; on a terminal it fits its width.
pub(crate) fn table(rows: &[Row], coloured: bool) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(HEAD);
    if let Some(width) = table.width() {
        table.set_width(width).set_content_arrangement(ContentArrangement::Dynamic);
    }
    if coloured {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    for row in rows {
        table.add_row(row.cells(coloured));
    }
    let text: Vec<_> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    format!("{}\n", text.join("\n"))
}

/// The name a value has in the configuration file.
pub(crate) fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => text,
        Ok(other) => other.to_string(),
        Err(error) => error.to_string(),
    }
}

/// The same of what has no name there, a session's state or phase: in lower case, with hyphens.
pub(crate) fn lower(value: &impl Serialize) -> String {
    let mut text = String::new();
    for letter in word(value).chars() {
        if letter.is_uppercase() && !text.is_empty() {
            text.push('-');
        }
        text.extend(letter.to_lowercase());
    }
    text
}

/// What fits into a column.
fn short(capability: &str) -> Option<&'static str> {
    Some(match capability {
        "CanStartAndStopInterfaces" => "start-stop",
        "DirectConnectionRouting" => "bind",
        "SystemSessionSupport" => "system",
        "ApplicationLevelRoaming" => "ask",
        "ForcedRoaming" => "roam",
        "DataStatistics" => "count",
        "NetworkSessionRequired" => "required",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use netsession::{Phase, SessionState};

    #[test]
    fn what_a_session_is_is_written_as_what_a_configuration_is() {
        assert_eq!((lower(&SessionState::NotAvailable), lower(&Phase::Trial)), ("not-available".to_owned(), "trial".to_owned()));
        assert_eq!(lower(&ConfigurationState::Active), word(&ConfigurationState::Active));
    }
}
