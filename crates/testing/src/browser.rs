//! A customer's browser, as far as logging in and consenting need one: cookies,
//! redirects and forms.

use reqwest::header::LOCATION;
use url::Url;

/// Each one has cookies of its own.
#[derive(Debug, Clone)]
pub struct Browser {
    client: reqwest::Client,
}

/// Where the browser has ended up.
#[derive(Debug, Clone)]
pub struct Page {
    pub url: Url,
    pub status: u16,
    pub html: String,
}

/// A form of a page, with the values it would send.
#[derive(Debug, Clone)]
pub struct Form {
    action: Url,
    post: bool,
    pub fields: Vec<(String, String)>,
}

/// A client that keeps cookies and leaves redirects to its user.
#[expect(
    clippy::disallowed_methods,
    reason = "tests talk to the server as the world does"
)]
pub fn http_client() -> reqwest::Client {
    // The second call finds the first one's provider, which is the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .cookie_store(true)
        .no_proxy()
        .build()
        .expect("an HTTP client can be made")
}

impl Default for Browser {
    fn default() -> Self {
        Self::new()
    }
}

impl Browser {
    pub fn new() -> Self {
        Self {
            client: http_client(),
        }
    }

    /// Opens a URL and follows where it leads.
    pub async fn open(&self, url: &str) -> Page {
        self.try_open(url).await.expect("the page answers")
    }

    /// Sends the page's first form, with some of its fields filled in.
    pub async fn submit(&self, page: &Page, filled: &[(&str, &str)]) -> Page {
        let page = self.try_submit(page, filled).await;
        page.expect("the page answers")
    }

    /// Logs in to the Playground and allows what is asked for.
    pub async fn consent(&self, auth_url: &str, email: &str) -> Page {
        let page = self.try_consent(auth_url, email).await;
        page.expect("the page answers")
    }

    /// The same, while the server may go away.
    pub async fn try_consent(&self, auth_url: &str, email: &str) -> Result<Page, reqwest::Error> {
        let login = self.try_open(auth_url).await?;
        let filled = [("email", email), ("password", "playground")];
        let consent = self.try_submit(&login, &filled).await?;
        self.try_submit(&consent, &[("decision", "allow")]).await
    }

    async fn try_open(&self, url: &str) -> Result<Page, reqwest::Error> {
        let url: Url = url.parse().expect("it is a URL");
        let request = self.client.get(url.clone());
        self.follow(url, request).await
    }

    async fn try_submit(
        &self,
        page: &Page,
        filled: &[(&str, &str)],
    ) -> Result<Page, reqwest::Error> {
        let mut form = page.form();
        for (name, value) in filled {
            form.fields.retain(|(known, _)| known != name);
            form.fields.push(((*name).to_owned(), (*value).to_owned()));
        }
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&form.fields)
            .finish();
        let origin = page.url.origin().ascii_serialization();
        let request = if form.post {
            self.client
                .post(form.action.clone())
                .header("content-type", "application/x-www-form-urlencoded")
                .header("origin", origin)
                .header("sec-fetch-site", "same-origin")
                .body(body)
        } else {
            let mut action = form.action.clone();
            action.set_query(Some(&body));
            self.client.get(action)
        };
        self.follow(form.action, request).await
    }

    async fn follow(
        &self,
        mut url: Url,
        mut request: reqwest::RequestBuilder,
    ) -> Result<Page, reqwest::Error> {
        for _ in 0..20 {
            let answer = request.send().await?;
            let status = answer.status();
            let location = answer.headers().get(LOCATION).cloned();
            let Some(location) = location.filter(|_| status.is_redirection()) else {
                return Ok(Page {
                    url,
                    status: status.as_u16(),
                    html: answer.text().await?,
                });
            };
            let location = location.to_str().expect("a redirect names a URL");
            url = url.join(location).expect("a redirect names a URL");
            request = self.client.get(url.clone());
        }
        panic!("more than twenty redirects, the last to {url}");
    }
}

impl Page {
    /// The page's first form. Good enough for pages that are well-formed.
    pub fn form(&self) -> Form {
        let start = self
            .html
            .find("<form")
            .unwrap_or_else(|| panic!("no form: {}", self.html));
        let end = self.html[start..]
            .find("</form>")
            .map_or(self.html.len(), |at| start + at);
        let html = &self.html[start..end];
        let opening = &html[..html.find('>').expect("a tag ends")];
        let action = attribute(opening, "action").unwrap_or_default();
        let fields = html.split("<input").skip(1).filter_map(|tag| {
            let tag = &tag[..tag.find('>').unwrap_or(tag.len())];
            Some((
                attribute(tag, "name")?,
                attribute(tag, "value").unwrap_or_default(),
            ))
        });
        Form {
            action: self.url.join(&action).expect("a form names a URL"),
            post: attribute(opening, "method").is_some_and(|m| m.eq_ignore_ascii_case("post")),
            fields: fields.collect(),
        }
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let at = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    let value = &tag[at..];
    let value = &value[..value.find('"')?];
    Some(
        value
            .replace("&quot;", "\"")
            .replace("&#39;", "'")
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&"),
    )
}
