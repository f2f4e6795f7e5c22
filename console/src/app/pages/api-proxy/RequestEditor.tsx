import { useState } from 'react'
import type { Form } from '@/api/form'
import { Card, SelectField, Tabs, TextArea, TextField } from '@/ui'
import { Pairs } from '@/ui/Pairs'
import style from './ApiProxy.module.css'
import type { Values } from './values'

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD']

type RequestEditorProps = { form: Form<Values>; disabled: boolean }

/** The request as it goes out, with placeholders for what differs from customer to customer. */
export function RequestEditor({ form, disabled }: RequestEditorProps) {
  const { values } = form
  const [tab, setTab] = useState('query')
  const hasBody = values.method !== 'GET' && values.method !== 'HEAD'
  const counts = { query: values.query.length, headers: values.headers.length }
  // What the server finds fault with must be in sight.
  const faulty = ['query', 'headers', 'body'].find(name => form.errorOf(name))
  return (
    <Card
      title="Request"
      description="Values may hold {{input.name}}, {{linked_account.udf.name}}, {{linked_account.auth_credentials.name}} and {{response.name}}."
    >
      <div className={style.target}>
        <SelectField
          label="Method"
          {...form.text('method')}
          onChange={method => form.set('method', method)}
          options={methods.map(method => ({ value: method, label: method }))}
          disabled={disabled}
        />
        <TextField
          label="Base URL"
          mono
          type="url"
          placeholder="https://api.example.com/v1"
          {...form.text('base_url')}
        />
      </div>
      <TextField
        label="Path"
        mono
        optional
        placeholder="/things/{id}"
        help="A name in braces is the field, or the path parameter, of that name."
        {...form.text('endpoint')}
      />
      {values.path_params.length > 0 && (
        <Pairs
          label="Path parameters"
          noun="path parameter"
          pairs={values.path_params}
          onChange={pairs => form.set('path_params', pairs)}
          disabled={disabled}
        />
      )}
      <Tabs
        label="Parts of the request"
        value={faulty ?? tab}
        onChange={setTab}
        tabs={[
          {
            value: 'query',
            label: counted('Query', counts.query),
            content: (
              <Pairs
                label="Query parameters"
                noun="query parameter"
                pairs={values.query}
                onChange={pairs => form.set('query', pairs)}
                error={form.errorOf('query')}
                disabled={disabled}
              />
            ),
          },
          {
            value: 'headers',
            label: counted('Headers', counts.headers),
            content: (
              <Pairs
                label="Headers"
                help="A header that is written here wins over the injected one."
                noun="header"
                pairs={values.headers}
                onChange={pairs => form.set('headers', pairs)}
                error={form.errorOf('headers')}
                disabled={disabled}
              />
            ),
          },
          {
            value: 'body',
            label: hasBody && values.body.trim() ? 'Body · 1' : 'Body',
            content: hasBody ? (
              <Body form={form} disabled={disabled} />
            ) : (
              <p className={style.quiet}>A {values.method} request has no body.</p>
            ),
          },
        ]}
      />
    </Card>
  )
}

const counted = (name: string, count: number) => (count > 0 ? `${name} · ${count}` : name)

function Body({ form, disabled }: RequestEditorProps) {
  const text = form.values.body_type === 'text'
  return (
    <div className={style.stack}>
      <div className={style.bodyType}>
        <SelectField
          label="Body type"
          {...form.text('body_type')}
          onChange={type => form.set('body_type', type)}
          disabled={disabled}
          options={[
            { value: 'json', label: 'JSON' },
            { value: 'form', label: 'Form, URL-encoded' },
            { value: 'text', label: 'Text' },
          ]}
        />
      </div>
      <TextArea
        label="Body"
        mono
        rows={8}
        placeholder={text ? '' : '{ "name": "{{input.name}}" }'}
        help={
          text
            ? 'Values stand in it as they are.'
            : 'Written as JSON. A member that is one placeholder and nothing else keeps its type.'
        }
        {...form.text('body')}
      />
    </div>
  )
}
