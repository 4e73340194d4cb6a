//! What every executor must obey, and the lab of network namespaces and real links it is shown in.
#![forbid(unsafe_code)]

#[cfg(target_os = "linux")]
pub mod adoption;
pub mod contract;
pub mod judge;
#[cfg(target_os = "linux")]
pub mod lab;
#[cfg(target_os = "linux")]
pub mod laws;
#[cfg(target_os = "linux")]
pub mod report;
#[cfg(target_os = "linux")]
pub mod rig;
#[cfg(target_os = "linux")]
pub mod scenario;
#[cfg(target_os = "linux")]
pub mod soak;
