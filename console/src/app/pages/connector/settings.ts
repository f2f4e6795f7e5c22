import type { CatalogueDetail, ConnectorChange } from './detail'

type Fields = { [name: `fields.${string}`]: string | undefined }

/** What the form holds. A secret that is undefined stays as it is stored. */
export type Settings = Fields & {
  credential_source: string
  client_id: string
  client_secret: string | undefined
  webhook_secret: string | undefined
  scopes: string[]
}

export const fieldName = (name: string) => `fields.${name}` as const

const textOf = (value: unknown) =>
  value === undefined || value === null
    ? ''
    : typeof value === 'string'
      ? value
      : JSON.stringify(value)

/** Where there is no shared client, only the developer's own can be meant. */
const sourceOf = (setting: CatalogueDetail['setting']) =>
  setting.credential_source === 'shared' && !setting.shared_credentials_available
    ? 'own'
    : setting.credential_source

export function settingsOf({ setting, developer_fields }: CatalogueDetail): Settings {
  const fields = developer_fields.map(field => [
    fieldName(field.name),
    field.secret ? undefined : textOf(setting.fields[field.name]),
  ])
  return {
    ...Object.fromEntries(fields),
    credential_source: sourceOf(setting),
    client_id: setting.client_id ?? '',
    client_secret: undefined,
    webhook_secret: undefined,
    scopes: setting.scopes.selected,
  }
}

/** Only what differs from what is stored: a connector refuses settings that it does not have. */
export function changeOf(detail: CatalogueDetail, values: Settings): ConnectorChange {
  const before = settingsOf(detail)
  const change: ConnectorChange = {}
  if (values.credential_source !== before.credential_source) {
    change.credential_source = values.credential_source as ConnectorChange['credential_source']
  }
  if (values.client_id !== before.client_id) change.client_id = values.client_id
  if (values.client_secret) change.client_secret = values.client_secret
  if (values.webhook_secret) change.webhook_secret = values.webhook_secret
  if (values.scopes.join('\n') !== before.scopes.join('\n')) change.scopes = values.scopes
  const names = detail.developer_fields.map(field => field.name)
  if (names.some(name => values[fieldName(name)] !== before[fieldName(name)])) {
    change.fields = fieldsOf(detail, values, before)
  }
  return change
}

/** All fields at once, as the API takes them; untouched ones keep the value that came, masks too. */
function fieldsOf(detail: CatalogueDetail, values: Settings, before: Settings) {
  const fields: Record<string, unknown> = { ...detail.setting.fields }
  for (const { name } of detail.developer_fields) {
    const text = values[fieldName(name)]
    if (text === before[fieldName(name)] || text === undefined) continue
    if (text === '') delete fields[name]
    else fields[name] = text
  }
  return fields
}
