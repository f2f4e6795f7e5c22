import { Page } from '@/ui'

export const DeliveriesPage = () => <Page title="DeliveriesPage">{null}</Page>
