mod ecdsa;
mod hmac;
mod moment;
mod token;

use http::{HeaderMap, Method};
use trunnel_sign::inbound::Inbound;

const URL: &str = "https://hooks.example.com/h/1?x=1&token=from%20query";

fn post<'a>(headers: &'a HeaderMap, body: &'a str) -> Inbound<'a> {
    Inbound {
        method: &Method::POST,
        url: URL,
        headers,
        body: body.as_bytes(),
    }
}
