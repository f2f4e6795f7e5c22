//! Who hands out a connection's tokens.

use crate::access::Access;
use crate::option::Method;

/// The host that renews a connection's tokens, with its port where one is named.
pub fn token_host(access: &Access<'_>) -> Option<String> {
    let endpoint = match &access.option.method {
        Method::OAuth2(oauth2) => Some(&oauth2.endpoint),
        Method::Device(device) => Some(&device.endpoint),
        Method::Keys(_) | Method::OAuth1(_) | Method::None => None,
    };
    let url = match endpoint {
        Some(endpoint) => endpoint.refresh_url.as_ref().unwrap_or(&endpoint.token_url),
        None => &access.option.exchange()?.request.url,
    };
    let url = url.render(&access.scope()).ok()?;
    let host = url.host_str()?;
    Some(match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    })
}
