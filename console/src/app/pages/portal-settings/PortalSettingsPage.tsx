import { useQuery, useQueryClient } from '@tanstack/react-query'
import { consoleApi, unwrap } from '@/api/client'
import { useForm } from '@/api/form'
import { SaveBar } from '@/app/SaveBar'
import { useMay } from '@/app/session'
import { Unsaved } from '@/app/Unsaved'
import { Card, LoadFault, Notice, Page, Skeleton, toast } from '@/ui'
import { Design, Shown } from './Design'
import { OriginsField } from './OriginsField'
import style from './PortalSettings.module.css'
import { Preview } from './Preview'
import { type PortalSettings, toSave, toShow } from './settings'
import { Urls } from './Urls'

const queryKey = ['portal-settings']

/** How the page looks on which customers connect, in both environments. */
export function PortalSettingsPage() {
  const may = useMay('settings.read')
  return (
    <Page
      title="Connect portal"
      description="How the page looks on which your customers connect. It is the organization's, the same in Test and in Live; a connect link can override name and colours for one customer."
    >
      {may ? <Loader /> : <Notice>Your role does not see the portal's settings.</Notice>}
    </Page>
  )
}

function Loader() {
  const settings = useQuery({
    queryKey,
    queryFn: () => unwrap(consoleApi.GET('/console/api/portal-settings')),
  })
  if (settings.isSuccess) return <Editor settings={settings.data} />
  if (settings.isError) {
    return <LoadFault error={settings.error} onRetry={() => settings.refetch()} />
  }
  return (
    <Card flush>
      <Skeleton lines={6} />
    </Card>
  )
}

function Editor({ settings }: { settings: PortalSettings }) {
  const queries = useQueryClient()
  const may = useMay('portal.write')
  const form = useForm(toShow(settings), async values => {
    // The document says only that it is an object: any part of the settings.
    const body = toSave(values) as object as Record<string, never>
    const saved = await unwrap(consoleApi.PUT('/console/api/portal-settings', { body }))
    queries.setQueryData(queryKey, saved)
  })
  const save = async () => {
    if (!(await form.submit())) return
    // The server may have written an address in another way than it was typed.
    const saved = queries.getQueryData<PortalSettings>(queryKey)
    if (saved) form.reset(toShow(saved))
    toast('Portal settings saved')
  }
  return (
    <form
      className={style.columns}
      noValidate
      onSubmit={event => {
        event.preventDefault()
        void save()
      }}
    >
      <Unsaved when={form.dirty} />
      <div className={style.stack}>
        {!may && <Notice>Your role may look at these settings, but not change them.</Notice>}
        <Design form={form} disabled={!may} />
        <Shown form={form} disabled={!may} />
        <Urls form={form} disabled={!may} />
        <OriginsField
          origins={form.values.allowed_origins}
          onChange={origins => form.set('allowed_origins', origins)}
          error={form.errorOf('allowed_origins')}
          disabled={!may}
        />
        {form.problem && <Notice tone="bad">{form.problem}</Notice>}
        {may && <SaveBar form={form} />}
      </div>
      <Preview settings={toSave(form.values)} />
    </form>
  )
}
