import { Page } from '@/ui'

export const ApiProxiesPage = () => <Page title="ApiProxiesPage">{null}</Page>
