//! What every executor must obey, and the lab of network namespaces and real links it is shown in.
#![forbid(unsafe_code)]

pub mod contract;
#[cfg(target_os = "linux")]
pub mod lab;
