import { Fault } from '@/api/fault'
import { newPair, type Pair } from '@/ui/Pairs'
import type { InputField } from '../try-api/input'
import type { ApiProxy } from './proxies'

export type FieldRow = {
  id: string
  name: string
  label: string
  type: string
  required: boolean
  description: string
  placeholder: string
}

/** What the editor holds: texts and rows, where the API has one object. */
export type Values = {
  name: string
  action_id: string
  description: string
  method: string
  base_url: string
  endpoint: string
  path_params: Pair[]
  query: Pair[]
  headers: Pair[]
  body_type: string
  body: string
  script: string
  fields: FieldRow[]
  without_tokens: boolean
  paginate: string
}

export const fieldTypes = ['Text', 'Email', 'Number', 'Textarea', 'URL', 'JSON']

export const newField = (): FieldRow => ({
  id: newPair().id,
  name: '',
  label: '',
  type: 'Text',
  required: false,
  description: '',
  placeholder: '',
})

export const emptyValues: Values = {
  name: '',
  action_id: '',
  description: '',
  method: 'GET',
  base_url: '',
  endpoint: '',
  path_params: [],
  query: [],
  headers: [],
  body_type: 'json',
  body: '',
  script: '',
  fields: [],
  without_tokens: false,
  paginate: '',
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))

const rows = (object: Record<string, unknown> | null | undefined): Pair[] =>
  Object.entries(object ?? {}).map(([name, value]) => newPair(name, textOf(value)))

export function valuesOfProxy(proxy: ApiProxy): Values {
  const { request, options } = proxy
  const bodyType = request.body_type ?? 'json'
  return {
    name: proxy.name,
    action_id: proxy.action_id,
    description: proxy.description,
    method: (request.method ?? 'GET').toUpperCase(),
    base_url: request.base_url,
    endpoint: request.endpoint ?? '',
    path_params: rows(request.path_params),
    query: rows(request.query),
    headers: rows(request.headers),
    body_type: bodyType,
    body: bodyText(request.body, bodyType),
    script: request.pre_request_script ?? '',
    fields: proxy.fields.map(field => ({
      ...newField(),
      name: field.name,
      label: field.label ?? '',
      type: fieldTypes.find(type => type.toLowerCase() === field.type?.toLowerCase()) ?? 'Text',
      required: field.required ?? false,
      description: field.description ?? '',
      placeholder: field.placeholder ?? '',
    })),
    without_tokens: options.override_global_token_injection ?? false,
    paginate: options.paginate ? JSON.stringify(options.paginate, null, 2) : '',
  }
}

function bodyText(body: unknown, type: string): string {
  if (body === undefined || body === null) return ''
  if (type === 'text' && typeof body === 'string') return body
  return JSON.stringify(body, null, 2)
}

/** What is saved: all of it, so that what was emptied is empty. */
export function changeOf(values: Values, before?: ApiProxy) {
  const { request } = before ?? {}
  return {
    name: values.name.trim(),
    ...(values.action_id.trim() ? { action_id: values.action_id.trim() } : {}),
    description: values.description,
    fields: values.fields
      .filter(field => field.name.trim() !== '')
      .map(field => ({
        name: field.name.trim(),
        label: field.label || null,
        type: field.type,
        required: field.required,
        description: field.description || null,
        placeholder: field.placeholder || null,
      })),
    request: {
      method: values.method,
      base_url: values.base_url.trim(),
      endpoint: values.endpoint.trim() || null,
      path_params: objectOf(values.path_params, request?.path_params) as Record<string, string>,
      query: objectOf(values.query, request?.query),
      headers: objectOf(values.headers, request?.headers),
      ...bodyOf(values),
      pre_request_script: values.script.trim() ? values.script : null,
    },
    options: {
      override_global_token_injection: values.without_tokens,
      paginate: values.paginate.trim()
        ? (json(values.paginate, 'paginate') as Record<string, unknown>)
        : null,
    },
  }
}

/** A value that was no text and was not touched stays what it was. */
function objectOf(pairs: Pair[], before: Record<string, unknown> | null | undefined) {
  const named = pairs.filter(pair => pair.name.trim() !== '')
  return Object.fromEntries(
    named.map(({ name, value }) => {
      const old = before?.[name.trim()]
      const same = old !== undefined && typeof old !== 'string' && JSON.stringify(old) === value
      return [name.trim(), same ? old : value]
    }),
  )
}

function bodyOf(values: Values) {
  if (values.body.trim() === '' || values.method === 'GET' || values.method === 'HEAD') return {}
  const body = values.body_type === 'text' ? values.body : json(values.body, 'body')
  return { body_type: values.body_type as 'json', body }
}

function json(text: string, field: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Fault(400, 'VALIDATION_ERROR', `This is not JSON: ${(error as Error).message}`, field)
  }
}

const places: [RegExp, keyof Values][] = [
  [/^request\.(endpoint|path_params)/, 'endpoint'],
  [/^request\.query/, 'query'],
  [/^request\.headers/, 'headers'],
  [/^request\.body_type/, 'body_type'],
  [/^request\.body/, 'body'],
  [/^request\.base_url|^request$/, 'base_url'],
  [/^request\.method/, 'method'],
  [/^request\.pre_request_script/, 'script'],
  [/^options\.paginate/, 'paginate'],
  [/^fields/, 'fields'],
]

/** The same fault, at the control of the editor that it is about. */
export function atControl(error: unknown): unknown {
  if (!(error instanceof Fault) || !error.field) return error
  const { status, code, message, field, requestId } = error
  const place = places.find(([pattern]) => pattern.test(field))
  return place ? new Fault(status, code, message, place[1], requestId) : error
}

/** The proxy's fields as a form for a trial knows them. */
export const inputFields = (fields: FieldRow[]): InputField[] =>
  fields
    .filter(field => field.name.trim() !== '')
    .map(field => ({
      name: field.name.trim(),
      label: field.label || field.name,
      type: field.type.toLowerCase() as InputField['type'],
      required: field.required,
      ...(field.description ? { help_text: field.description } : {}),
      ...(field.placeholder ? { placeholder: field.placeholder } : {}),
    }))
