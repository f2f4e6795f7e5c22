import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import type { ComponentProps, ReactNode } from 'react'
import { useScope } from './scope'

type AProps = Omit<ComponentProps<'a'>, 'href'> & {
  /** A page of this environment, such as `/accounts`. */
  to: string
  search?: Record<string, string>
  children: ReactNode
}

/** A link to another page of the same environment. */
export function A({ to, search, ...rest }: AProps) {
  const { base } = useScope()
  // A page is marked as open by whoever lists it; a link to Home is not open on every page.
  return <Link to={base + to} search={search ?? {}} activeOptions={{ exact: true }} {...rest} />
}

/** Goes to another page of the same environment. */
export function useGo() {
  const navigate = useNavigate()
  const { base } = useScope()
  return (to: string, search: Record<string, string> = {}) => navigate({ to: base + to, search })
}

/**
 * State that lives in the address: filters, tabs, cursors. An empty text is left out. It is
 * replaced and not pushed, so that Back leaves the page.
 */
export function useUrlState<State extends Record<string, string>>(defaults: State) {
  const search: Record<string, unknown> = useSearch({ strict: false })
  const navigate = useNavigate()
  const known = Object.keys(defaults).map(name => [name, search[name] ?? defaults[name]])
  const state = Object.fromEntries(known.map(([name, value]) => [name, String(value)])) as State
  const change = (next: Partial<State>) => {
    const merged = Object.entries({ ...search, ...next })
    const kept = merged.filter(
      ([name, value]) => value !== '' && value !== undefined && value !== defaults[name],
    )
    return navigate({ to: '.', search: Object.fromEntries(kept), replace: true })
  }
  return [state, change] as const
}
