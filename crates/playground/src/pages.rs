//! The pages people see: no script, no cookies, links that are relative, so that
//! they work behind a proxy that adds a path.

use std::fmt;

use axum::http::{HeaderName, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use trunnel_model::secret::Secret;
use trunnel_store::StoreError;
use url::Url;

use crate::DEMO_PASSWORD;
use crate::oauth::authorize::Asked;
use crate::scopes::Scope;

/// A page. What is in `main` is HTML; every value in it went through [`text`].
pub(crate) struct Page {
    status: StatusCode,
    title: &'static str,
    main: String,
    /// Where the page's forms may lead.
    forms: Forms,
    /// From the page's address to the folder of the style sheet.
    root: &'static str,
}

#[derive(Clone, Copy)]
enum Forms {
    Here,
    /// Browsers apply `form-action` to every redirect that follows the form, also
    /// beyond the client, which nobody can foresee here.
    Anywhere,
}

const POLICY_HERE: &str = "default-src 'none'; style-src 'self'; base-uri 'none'; \
    frame-ancestors 'none'; form-action 'self'";
const POLICY_ANYWHERE: &str =
    "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'";

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let Self {
            title, main, root, ..
        } = self;
        let html = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n\
             <title>{title} · Playground</title>\n\
             <link rel=\"stylesheet\" href=\"{root}style.css\">\n</head>\n<body>\n\
             <main>\n<p class=\"brand\">Playground</p>\n<h1>{title}</h1>\n{main}</main>\n\
             </body>\n</html>\n"
        );
        (self.status, headers(self.forms), Html(html)).into_response()
    }
}

fn headers(forms: Forms) -> [(HeaderName, &'static str); 5] {
    let policy = match forms {
        Forms::Here => POLICY_HERE,
        Forms::Anywhere => POLICY_ANYWHERE,
    };
    [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Not `no-referrer`: with that a browser hides the form's origin from us too.
        (header::REFERRER_POLICY, "same-origin"),
        (header::CACHE_CONTROL, "no-store"),
    ]
}

/// A value as HTML text or as a quoted attribute.
fn text(value: &str) -> Text<'_> {
    Text(value)
}

struct Text<'a>(&'a str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                other => write!(f, "{other}")?,
            }
        }
        Ok(())
    }
}

fn hidden(name: &str, value: &str) -> String {
    format!(
        "<input type=\"hidden\" name=\"{name}\" value=\"{}\">\n",
        text(value)
    )
}

fn alert(problem: Option<&str>) -> String {
    problem.map_or_else(String::new, |problem| {
        format!("<p class=\"alert\" role=\"alert\">{}</p>\n", text(problem))
    })
}

/// E-mail, password and what to know about them.
fn login_fields(email: &str, button: &str) -> String {
    format!(
        "<label for=\"email\">E-mail</label>\n\
         <input id=\"email\" name=\"email\" type=\"email\" value=\"{email}\" \
         autocomplete=\"username\" maxlength=\"254\" required>\n\
         <label for=\"password\">Password</label>\n\
         <input id=\"password\" name=\"password\" type=\"password\" \
         autocomplete=\"current-password\" aria-describedby=\"hint\" required>\n\
         <p class=\"hint\" id=\"hint\">This is a demo: any e-mail address works, and the \
         password is <code>{DEMO_PASSWORD}</code>.</p>\n\
         <div class=\"buttons\"><button type=\"submit\">{button}</button></div>\n",
        email = text(email),
    )
}

const fn status(problem: Option<&str>) -> StatusCode {
    if problem.is_none() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    }
}

pub(crate) fn login(asked: &Asked, email: &str, problem: Option<&str>) -> Page {
    let mut request = [
        hidden("response_type", "code"),
        hidden("client_id", &asked.client.id),
        hidden("redirect_uri", &asked.redirect_uri),
        hidden("scope", &asked.scopes.to_string()),
        hidden("code_challenge", &asked.challenge),
        hidden("code_challenge_method", "S256"),
    ]
    .concat();
    if let Some(state) = &asked.state {
        request.push_str(&hidden("state", state));
    }
    Page {
        status: status(problem),
        title: "Sign in",
        main: format!(
            "<p>to continue to <strong>{name}</strong></p>\n{alert}\
             <form method=\"post\" action=\"authorize\">\n{request}{fields}</form>\n",
            name = text(&asked.client.name),
            alert = alert(problem),
            fields = login_fields(email, "Sign in"),
        ),
        forms: Forms::Here,
        root: "../",
    }
}

pub(crate) fn consent(asked: &Asked, email: &str, ticket: &Secret) -> Page {
    let scopes: Vec<String> = asked.scopes.iter().map(scope_line).collect();
    Page {
        status: StatusCode::OK,
        title: "Allow access?",
        main: format!(
            "<p><strong>{name}</strong> asks to use the Playground as \
             <strong>{email}</strong>. It will be able to:</p>\n<ul>\n{scopes}</ul>\n\
             <form method=\"post\" action=\"consent\">\n{ticket}<div class=\"buttons\">\n\
             <button type=\"submit\" name=\"decision\" value=\"allow\">Allow</button>\n\
             <button type=\"submit\" name=\"decision\" value=\"deny\" class=\"quiet\">Deny\
             </button>\n</div>\n</form>\n\
             <p class=\"hint\">Either way you go on to <strong>{site}</strong>.</p>\n",
            name = text(&asked.client.name),
            email = text(email),
            scopes = scopes.concat(),
            ticket = hidden("ticket", ticket.expose()),
            site = text(&site(&asked.redirect_uri)),
        ),
        forms: Forms::Anywhere,
        root: "../",
    }
}

fn scope_line(scope: Scope) -> String {
    format!(
        "<li>{} <code>{}</code></li>\n",
        scope.meaning(),
        scope.name()
    )
}

fn site(uri: &str) -> String {
    Url::parse(uri).map_or_else(|_| uri.to_owned(), |url| url.origin().ascii_serialization())
}

pub(crate) fn key_form(email: &str, problem: Option<&str>) -> Page {
    Page {
        status: status(problem),
        title: "Make an API key",
        main: format!(
            "<p>The key acts for this e-mail address.</p>\n{alert}\
             <form method=\"post\" action=\"api-keys\">\n{fields}</form>\n",
            alert = alert(problem),
            fields = login_fields(email, "Make a key"),
        ),
        forms: Forms::Here,
        root: "",
    }
}

pub(crate) fn key_made(key: &Secret) -> Page {
    Page {
        status: StatusCode::CREATED,
        title: "Your API key",
        main: format!(
            "<p>Send it as the header <code>X-Playground-Key</code>. \
             It is shown this once.</p>\n<p class=\"key\"><code>{}</code></p>\n",
            text(key.expose())
        ),
        forms: Forms::Here,
        root: "",
    }
}

/// Something a person has to be told, on the pages of the authorization server.
pub(crate) fn problem(status: StatusCode, why: &str) -> Page {
    Page {
        status,
        title: "This did not work",
        main: format!("<p>{}</p>\n", text(why)),
        forms: Forms::Here,
        root: "../",
    }
}

/// A problem of our own: the cause is for the log only.
pub(crate) fn failure(cause: &StoreError) -> Page {
    tracing::error!(error = %cause, "the Playground's storage failed");
    problem(
        StatusCode::INTERNAL_SERVER_ERROR,
        "The Playground has a problem of its own. Please try again.",
    )
}

/// `GET /playground/style.css`
pub(crate) async fn style() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=3600"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, include_str!("style.css")).into_response()
}
