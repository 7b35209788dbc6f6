//! What concerns the running service and not a pipeline: where it listens, and where it sends its traces.

use std::net::SocketAddr;

use counterfoil_model::problem::Problem;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::parse;

/// The tables [listen] and [telemetry].
#[derive(Debug, Clone, Default)]
pub struct Service {
    pub listen: Option<SocketAddr>,
    /// Where spans are sent: the address of a collector that takes OTLP over HTTP.
    pub otlp: Option<String>,
}

/// Where health and metrics are served while `run` works.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListenConfig {
    /// Host and port, such as "127.0.0.1:9464". There is no password: keep it on the loopback address.
    pub address: String,
}

/// Where traces are sent.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TelemetryConfig {
    /// A collector that takes OTLP over HTTP, such as `http://127.0.0.1:4318`.
    pub otlp: Option<String>,
}

impl Service {
    pub(super) const TABLES: [&'static str; 2] = ["listen", "telemetry"];

    /// Takes its tables out of the root.
    pub(super) fn read(root: &mut Map<String, Value>, problems: &mut Vec<Problem>) -> Self {
        let mut service = Self::default();
        let path = |key: &str| vec![key.to_owned()];
        if let Some(value) = root.remove("listen")
            && let Some(listen) =
                parse::piece::<ListenConfig>(value, &path("listen"), problems).sound()
        {
            match listen.address.parse() {
                Ok(address) => service.listen = Some(address),
                Err(_) => problems.push(
                    Problem::new(
                        ["listen", "address"],
                        format!("`{}` is no address to listen on", listen.address),
                    )
                    .with_hint("write an IP address and a port, such as 127.0.0.1:9464"),
                ),
            }
        }
        if let Some(value) = root.remove("telemetry")
            && let Some(telemetry) =
                parse::piece::<TelemetryConfig>(value, &path("telemetry"), problems).sound()
            && let Some(otlp) = telemetry.otlp
        {
            if otlp.starts_with("http://") || otlp.starts_with("https://") {
                service.otlp = Some(otlp);
            } else {
                problems.push(
                    Problem::new(["telemetry", "otlp"], format!("`{otlp}` is no URL"))
                        .with_hint("write the collector's address, such as http://127.0.0.1:4318"),
                );
            }
        }
        service
    }
}
