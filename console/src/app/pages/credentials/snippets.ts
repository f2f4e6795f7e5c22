type Snippet = { id: string; name: string; text: string; before?: string }

/** The same call in four languages. The key is read from its variable. */
export function snippets(origin: string, variable: string): Snippet[] {
  const url = `${origin}/api/v2/public/linked-account?limit=5`
  return [
    { id: 'curl', name: 'curl', text: `curl '${url}' \\\n  -H "x-api-key: $${variable}"` },
    {
      id: 'node',
      name: 'Node',
      before: 'Node 20 or newer, no packages. Save it as call.mjs and run: node call.mjs',
      text: `const response = await fetch('${url}', {
  headers: { 'x-api-key': process.env.${variable} },
})
const body = await response.json()
if (!response.ok) throw new Error(body.message)
console.log(body.docs)`,
    },
    {
      id: 'python',
      name: 'Python',
      before: 'Python 3, no packages.',
      text: `import json
import os
import urllib.request

request = urllib.request.Request(
    "${url}",
    headers={"x-api-key": os.environ["${variable}"]},
)
with urllib.request.urlopen(request) as response:
    print(json.load(response)["docs"])`,
    },
    {
      id: 'rust',
      name: 'Rust',
      before: 'First: cargo add ureq@3',
      text: `fn main() -> Result<(), Box<dyn std::error::Error>> {
    let key = std::env::var("${variable}")?;
    let body = ureq::get("${url}")
        .header("x-api-key", &key)
        .call()?
        .body_mut()
        .read_to_string()?;
    println!("{body}");
    Ok(())
}`,
    },
  ]
}
