//! A client for the N-able N-central REST API, published so that others need not write their own.
//!
#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

mod answer;
mod api;
mod call;
mod client;
mod clock;
mod error;
mod generated;
mod last_word;
mod lenient;
mod observer;
mod operation;
pub mod operations;
mod page;
mod params;
mod permits;
mod request;
mod retry;
mod session;
mod text;
mod tokens;
mod transport;
mod url;
mod walk;

pub use api::{
    ActiveIssue, Assets, Credential, CurrentUser, CustomProperty, Customer, Device, DeviceFilter,
    DeviceStatus, DeviceTask, DirectTask, JobStatus, LifecycleInfo, ListQuery, MonitorDetail, MonitorTask,
    MonitorThreshold, OrgUnit, PatchReport, PatchReportRequest, PropertyUpdate, ServerInfo, ServiceMonitor,
    ServiceOrg, Site, Task, TaskCreated, TaskDetail, TaskParameter, TaskStatus, TaskType,
};
pub use client::{Client, ClientBuilder, OnConnected, Reply, Scope};
pub use clock::Clock;
pub use error::{Certainty, Error, FieldError, Upstream};
pub use last_word::LastWord;
pub use lenient::Id;
pub use observer::{Exchange, Observer};
pub use operation::{Effect, Envelope, Method, Operation, Parameter, Place};
pub use page::Page;
pub use params::Params;
pub use permits::{Classes, Entry, FairQueue, Limit, LocalPermits, Outcome, Permit, Permits, Slot};
pub use request::is_plain_api_path;
pub use secrecy::SecretString;
pub use tokens::{OnTokens, Tokens};
pub use url::{Notice, ServerUrl, UrlError};
