//! The recorder of a program that is built without one: it takes every call, and there is nothing in it.
#![allow(clippy::unused_self, reason = "the calls are those of the recorder")]

use crate::client::StartError;
use netsession_fsm::hub::{Hub, Input, Output, Settings};
use netsession_fsm::words::{ConfigurationId, ExecutorId};
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

/// Where to nothing is recorded.
pub(crate) struct Target;

impl Target {
    pub(crate) fn path(_: PathBuf) -> Self {
        tracing::warn!("nothing is recorded: built without the feature `record`");
        Self
    }

    pub(crate) fn writer(_: impl Write + Send + 'static) -> Self {
        Self::path(PathBuf::new())
    }
}

/// Records nothing.
#[derive(Debug)]
pub(crate) struct Recorder;

impl Recorder {
    pub(crate) fn start(
        _: Option<Target>,
        _: Settings,
        _: impl Iterator<Item = (ExecutorId, &'static str)>,
    ) -> Result<Option<Self>, StartError> {
        Ok(None)
    }

    pub(crate) fn step(&mut self, _: &Input, _: &[Output], _: &Hub, _: impl FnOnce(ConfigurationId) -> Option<Arc<str>>) {}

    pub(crate) fn end(self) {}
}
