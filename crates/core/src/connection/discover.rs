//! Finding out at whose server a customer consents (RFC 9728, RFC 8414).

use std::time::Duration;

use serde::{Deserialize, Serialize};
use trunnel_catalog::{
    Access, ClientAuth, Credential, Fields, MetadataFault, ResourceMetadata, ServerMetadata,
    challenged_url, discovery_url, open_request, read_resource_metadata, read_server_metadata,
    resource_metadata_urls, server_metadata_urls,
};
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::http::HttpAnswer;
use trunnel_outbound::{Limits, SendFailure};
use url::Url;

use super::Bench;
use super::way::Way;
use crate::Core;
use crate::error::{Error, build_fault};

/// Several pages may have to be asked for while somebody waits.
const LIMITS: Limits = Limits::of(Duration::from_secs(8)).up_to(256 * 1024);

/// Who has to answer a consent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Issuer {
    pub(super) name: String,
    /// It has promised to say so (RFC 9207).
    pub(super) names_itself: bool,
}

/// What was found out about a server.
pub(super) struct Found {
    pub(super) issuer: Issuer,
    /// Its endpoints, for the connection.
    pub(super) fields: Fields,
    pub(super) scopes: Vec<String>,
    pub(super) registration: Option<Url>,
    pub(super) client_auth: Vec<ClientAuth>,
}

/// What came of looking at one page.
enum Page {
    Answer(HttpAnswer),
    /// It may not be looked at.
    Refused(SendFailure),
    None,
}

impl Core {
    /// The authorization server of the resource, for options that discover it.
    pub(super) async fn discover(
        &self,
        way: &Way,
        fields: &Fields,
    ) -> Result<Option<Found>, Error> {
        let bench = Bench::new(self);
        let access = bench.access(self, way, fields, Credential::default());
        let Some(resource) = discovery_url(&access).map_err(|fault| build_fault(&fault))? else {
            return Ok(None);
        };
        let about = self.about_resource(&access, &resource).await?;
        // A server without such metadata is its own authorization server.
        let (resource, issuer, scopes) = if let Some(about) = about {
            (about.resource, about.issuer, about.scopes)
        } else {
            let mut origin = resource.clone();
            origin.set_path("");
            origin.set_query(None);
            (resource, origin, Vec::new())
        };
        let about = self.about_server(&access, &issuer).await?;
        self.check_endpoints(&about)?;
        Ok(Some(Found {
            fields: about.fields(&resource),
            issuer: Issuer {
                name: about.issuer,
                names_itself: about.names_itself,
            },
            scopes,
            registration: about.registration_endpoint,
            client_auth: about.client_auth,
        }))
    }

    async fn about_resource(
        &self,
        access: &Access<'_>,
        resource: &Url,
    ) -> Result<Option<ResourceMetadata>, Error> {
        let mut places = match self.page(access, resource).await {
            Page::Answer(answer) if answer.status == 401 => {
                challenged_url(&answer).into_iter().collect()
            }
            Page::Refused(failure) => return Err(not_allowed(&failure).into()),
            Page::Answer(_) | Page::None => Vec::new(),
        };
        places.extend(resource_metadata_urls(resource));
        for place in places {
            match self.page(access, &place).await {
                Page::Answer(answer) => match read_resource_metadata(resource, &answer) {
                    Ok(about) => return Ok(Some(about)),
                    Err(MetadataFault::None) => {}
                    Err(fault) => return Err(bad_metadata(fault).into()),
                },
                Page::Refused(failure) => return Err(not_allowed(&failure).into()),
                Page::None => {}
            }
        }
        Ok(None)
    }

    async fn about_server(
        &self,
        access: &Access<'_>,
        issuer: &Url,
    ) -> Result<ServerMetadata, Error> {
        for place in server_metadata_urls(issuer) {
            match self.page(access, &place).await {
                Page::Answer(answer) => match read_server_metadata(issuer, &answer) {
                    Ok(about) => return Ok(about),
                    Err(MetadataFault::None) => {}
                    Err(fault) => return Err(bad_metadata(fault).into()),
                },
                Page::Refused(failure) => return Err(not_allowed(&failure).into()),
                Page::None => {}
            }
        }
        Err(Fault::bad_request(
            FaultCode::BadRequest,
            "The server does not say where customers log in: it has no OAuth metadata. Check \
             its address.",
        )
        .into())
    }

    /// The customer's browser and our secrets go there; every request is vetted again
    /// when it is made.
    fn check_endpoints(&self, about: &ServerMetadata) -> Result<(), Error> {
        let registration = about.registration_endpoint.as_ref();
        let all = [&about.authorization_endpoint, &about.token_endpoint];
        for url in all.into_iter().chain(registration) {
            let policy = self.outbound().policy();
            policy
                .check_url(url)
                .map_err(|refused| not_allowed(&refused.into()))?;
            if url.scheme() != "https" && !policy.allows_host(url) {
                return Err(bad_metadata(MetadataFault::Endpoints).into());
            }
        }
        Ok(())
    }

    async fn page(&self, access: &Access<'_>, url: &Url) -> Page {
        let request = open_request(access, url.clone());
        match self.outbound().send(request, LIMITS).await {
            Ok(answer) => Page::Answer(answer),
            Err(failure @ SendFailure::Refused(_)) => Page::Refused(failure),
            Err(failure) => {
                tracing::debug!(host = url.host_str(), %failure, "no metadata there");
                Page::None
            }
        }
    }
}

fn not_allowed(failure: &SendFailure) -> Fault {
    Fault::bad_request(
        FaultCode::BadRequest,
        format!("The server cannot be used: {failure}."),
    )
}

fn bad_metadata(fault: MetadataFault) -> Fault {
    Fault::bad_request(
        FaultCode::BadRequest,
        format!("The server cannot be used: {fault}."),
    )
}
