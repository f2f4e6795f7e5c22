import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Trash2 } from 'lucide-react'
import { type ReactNode, useRef, useState } from 'react'
import { unwrap } from '@/api/client'
import { useForm } from '@/api/form'
import { Bar } from '@/app/SaveBar'
import { useScope } from '@/app/scope'
import { useMay } from '@/app/session'
import { Unsaved } from '@/app/Unsaved'
import { Button, Card, Confirm, Notice, Page, Switch, TextArea, TextField, toast } from '@/ui'
import style from './ApiProxy.module.css'
import { FieldsEditor } from './FieldsEditor'
import { ProxyTrial } from './ProxyTrial'
import { type ApiProxy, proxiesQuery, proxyQuery } from './proxies'
import { RequestEditor } from './RequestEditor'
import { atControl, changeOf, emptyValues, valuesOfProxy } from './values'

/** Makes or changes a proxy. One that is there can be tried beside its definition. */
export function ProxyEditor({ proxy, back }: { proxy?: ApiProxy; back: ReactNode }) {
  const scope = useScope()
  const navigate = useNavigate()
  const queries = useQueryClient()
  const may = useMay('api_proxies.write')
  const saved = useRef(proxy)
  const form = useForm(proxy ? valuesOfProxy(proxy) : emptyValues, async values => {
    try {
      saved.current = await unwrap(save(values))
    } catch (error) {
      throw atControl(error)
    }
  })
  const save = (values: typeof form.values) => {
    const body = changeOf(values, proxy)
    if (!proxy) return scope.api.POST('/api/v2/public/api-proxy', { body })
    return scope.api.PUT('/api/v2/public/api-proxy/{id}', {
      params: { path: { id: proxy._id } },
      body,
    })
  }
  /** Whether the definition that is shown is the one that the server has. */
  const submit = async (): Promise<boolean> => {
    if (!(await form.submit()) || !saved.current) return false
    const now = saved.current
    queries.setQueryData(proxyQuery(scope, now._id).queryKey, now)
    void queries.invalidateQueries({ queryKey: proxiesQuery(scope).queryKey, exact: true })
    form.reset(valuesOfProxy(now))
    toast(`${now.name} saved`)
    if (!proxy) {
      const to = `${scope.base}/developer/api-proxies/${now._id}`
      await navigate({ to, search: {}, replace: true, ignoreBlocker: true })
    }
    return true
  }
  return (
    <Page
      title={proxy?.name ?? 'New API proxy'}
      back={back}
      description={`In ${scope.environmentName} only.`}
      actions={proxy && may && <DeleteProxy proxy={proxy} />}
    >
      <Unsaved when={form.dirty} />
      <div className={proxy ? style.columns : style.stack}>
        <form
          className={style.stack}
          noValidate
          onSubmit={event => {
            event.preventDefault()
            void submit()
          }}
        >
          {!may && <Notice>Your role may look at API proxies, but not change them.</Notice>}
          <fieldset className={style.plain} disabled={!may}>
            <Card title="Identity">
              <div className={style.pair}>
                <TextField label="Name" {...form.text('name')} autoComplete="off" />
                <TextField
                  label="Action id"
                  mono
                  optional={!proxy}
                  help={proxy ? 'What your code calls it by.' : 'Made of the name if left empty.'}
                  {...form.text('action_id')}
                  autoComplete="off"
                />
              </div>
              <TextArea label="Description" optional rows={2} {...form.text('description')} />
            </Card>
            <FieldsEditor
              fields={form.values.fields}
              onChange={fields => form.set('fields', fields)}
              error={form.errorOf('fields')}
              disabled={!may}
            />
            <RequestEditor form={form} disabled={!may} />
            <Card title="Options">
              <Switch
                label="Override global token injection"
                help="The tokens that are put into every request of this environment are left out of this one."
                checked={form.values.without_tokens}
                onChange={on => form.set('without_tokens', on)}
                disabled={!may}
              />
              <TextArea
                label="Pagination"
                optional
                mono
                rows={4}
                placeholder={'{ "items": "things", "page": { "query": "page", "start": 1 } }'}
                help="How your API hands out pages, as JSON. All pages are then gathered into one answer."
                {...form.text('paginate')}
              />
              <TextArea
                label="Pre-request script"
                optional
                mono
                rows={4}
                placeholder="request.headers['x-at'] = String(Date.now())"
                help="JavaScript that may change the request before it is sent."
                {...form.text('script')}
              />
            </Card>
          </fieldset>
          {form.problem && <Notice tone="bad">{form.problem}</Notice>}
          {may && (form.dirty || !proxy) && (
            <Bar>
              <span>{form.dirty ? 'Not saved yet' : ''}</span>
              {proxy && (
                <Button onClick={() => form.reset()} disabled={form.busy}>
                  Discard
                </Button>
              )}
              <Button type="submit" kind="primary" busy={form.busy}>
                {proxy ? 'Save' : 'Create proxy'}
              </Button>
            </Bar>
          )}
        </form>
        {proxy && (
          <ProxyTrial
            proxy={proxy}
            fields={form.values.fields}
            beforeRun={form.dirty && may ? submit : undefined}
          />
        )}
      </div>
    </Page>
  )
}

function DeleteProxy({ proxy }: { proxy: ApiProxy }) {
  const scope = useScope()
  const navigate = useNavigate()
  const queries = useQueryClient()
  const [asking, setAsking] = useState(false)
  const remove = async () => {
    const path = { id: proxy._id }
    await unwrap(scope.api.DELETE('/api/v2/public/api-proxy/{id}', { params: { path } }))
    const to = `${scope.base}/developer/api-proxies`
    await navigate({ to, search: {}, ignoreBlocker: true })
    queries.removeQueries({ queryKey: proxyQuery(scope, proxy._id).queryKey })
    await queries.invalidateQueries({ queryKey: proxiesQuery(scope).queryKey })
    toast(`${proxy.name} deleted`)
  }
  return (
    <>
      <Button kind="dangerQuiet" onClick={() => setAsking(true)}>
        <Trash2 aria-hidden="true" /> Delete
      </Button>
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        title={`Delete ${proxy.name} in ${scope.environmentName}?`}
        action="Delete proxy"
        typed={scope.environment === 'live' ? proxy.action_id : undefined}
        onConfirm={remove}
      >
        <p>
          Calls of <code>{proxy.action_id}</code> are refused from then on. The other environment's
          proxies are not touched.
        </p>
      </Confirm>
    </>
  )
}
