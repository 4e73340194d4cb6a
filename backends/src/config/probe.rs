//! How is a candidate tested in a trial? By a URL, a connection, or a program.

use std::str::FromStr;

/// How a candidate is tested in a trial. Carried out by whoever answers the offers, through the candidate's carrier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Probe {
    /// It answers a request for this `http://` or `https://` URL.
    Url(String),
    /// It accepts a connection.
    Tcp {
        /// Host name or address.
        host: String,
        /// Port.
        port: u16,
    },
    /// This program, run without a shell, ends well.
    Command(Vec<String>),
}

/// A text that is neither a URL nor `tcp:HOST:PORT`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no probe")]
pub struct NoProbe(pub String);

impl FromStr for Probe {
    type Err = NoProbe;

    /// Reads `http://…`, `https://…` or `tcp:HOST:PORT`; an IPv6 address stands in brackets.
    fn from_str(text: &str) -> Result<Self, NoProbe> {
        if text.starts_with("http://") || text.starts_with("https://") {
            return Ok(Self::Url(text.to_owned()));
        }
        let target = text.strip_prefix("tcp:").and_then(|rest| rest.rsplit_once(':'));
        let target = target.and_then(|(host, port)| Some((host.trim_matches(['[', ']']), port.parse::<u16>().ok()?)));
        match target {
            Some((host, port)) if !host.is_empty() && port != 0 => Ok(Self::Tcp { host: host.to_owned(), port }),
            _ => Err(NoProbe(text.to_owned())),
        }
    }
}
