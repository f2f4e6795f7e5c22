import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { consoleApi, type Schema, unwrap } from '@/api/client'
import { useForm } from '@/api/form'
import { useMay } from '@/app/session'
import { Unsaved } from '@/app/Unsaved'
import {
  Button,
  Card,
  Confirm,
  LoadFault,
  Notice,
  SecretField,
  SelectField,
  Skeleton,
  Time,
  toast,
} from '@/ui'
import style from './Credentials.module.css'

type Setting = Schema<'LlmProvider'>
type Provider = NonNullable<Setting['provider']>

const queryKey = ['llm-provider']
const providers: Record<Provider, { name: string; keyLabel: string; begins: string }> = {
  openai: { name: 'OpenAI', keyLabel: 'OpenAI API key', begins: 'sk-…' },
  openrouter: { name: 'OpenRouter', keyLabel: 'OpenRouter API key', begins: 'sk-or-…' },
}

/** Whose language models the organization pays for, and the key for them. */
export function LlmProviderCard() {
  const setting = useQuery({
    queryKey,
    queryFn: () => unwrap(consoleApi.GET('/console/api/llm-provider')),
  })
  if (setting.isSuccess) {
    return <LlmForm key={setting.data.updated_at ?? 'none'} setting={setting.data} />
  }
  return (
    <Card title="LLM provider">
      {setting.isPending && <Skeleton lines={2} />}
      {setting.isError && <LoadFault error={setting.error} onRetry={() => setting.refetch()} />}
    </Card>
  )
}

function LlmForm({ setting }: { setting: Setting }) {
  const queries = useQueryClient()
  const may = useMay('settings.write')
  const [removing, setRemoving] = useState(false)
  const initial: { provider: Provider; api_key: string | undefined } = {
    provider: setting.provider ?? 'openai',
    api_key: undefined,
  }
  const form = useForm(initial, async ({ provider, api_key }) => {
    const body = { provider, ...(api_key ? { api_key } : {}) }
    const saved = await unwrap(consoleApi.PUT('/console/api/llm-provider', { body }))
    queries.setQueryData(queryKey, saved)
    toast('LLM provider saved')
  })
  const provider = providers[form.values.provider]
  // A key of one provider is none of the other.
  const stored = setting.has_key && form.values.provider === setting.provider
  const remove = async () => {
    await unwrap(consoleApi.DELETE('/console/api/llm-provider'))
    await queries.invalidateQueries({ queryKey })
    toast('LLM provider removed')
  }
  const incomplete = !stored && !form.values.api_key
  return (
    <form
      noValidate
      onSubmit={event => {
        event.preventDefault()
        void form.submit()
      }}
    >
      <Card
        title="LLM provider"
        description="The organization's own key for features that use a language model, in both environments. It is sealed, and never shown again."
        foot={
          may && (
            <>
              {setting.provider && (
                <Button kind="dangerQuiet" onClick={() => setRemoving(true)}>
                  Remove
                </Button>
              )}
              <Button
                type="submit"
                kind="primary"
                busy={form.busy}
                disabled={!form.dirty || incomplete}
              >
                Save
              </Button>
            </>
          )
        }
      >
        <Unsaved when={form.dirty} />
        <div className={style.pair}>
          <SelectField
            label="Provider"
            value={form.values.provider}
            disabled={!may}
            error={form.errorOf('provider')}
            onChange={value =>
              form.set('provider', value === 'openrouter' ? 'openrouter' : 'openai')
            }
            options={Object.entries(providers).map(([value, { name }]) => ({ value, label: name }))}
          />
          <SecretField
            label={provider.keyLabel}
            placeholder={provider.begins}
            stored={stored}
            value={form.values.api_key}
            error={form.errorOf('api_key')}
            disabled={!may}
            onChange={value => form.set('api_key', value)}
            help={
              stored && setting.updated_at ? (
                <>
                  Stored <Time at={setting.updated_at} />
                </>
              ) : undefined
            }
          />
        </div>
        {form.problem && <Notice tone="bad">{form.problem}</Notice>}
        {!may && <p className={style.quiet}>Owners and admins can change this.</p>}
        <Confirm
          open={removing}
          onClose={() => setRemoving(false)}
          title="Remove the LLM provider?"
          action="Remove"
          onConfirm={remove}
        >
          <p>
            The provider and its key are forgotten for the whole organization, in Test and in Live.
            Features that use a language model stop until another key is entered.
          </p>
        </Confirm>
      </Card>
    </form>
  )
}
